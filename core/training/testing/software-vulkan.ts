import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Browsers bring SwiftShader, a Vulkan that computes on the processor, and a loader for it. */
const browserFolders = [
  '/usr/lib/chromium',
  '/opt/google/chrome',
  fileURLToPath(new URL('../../../node_modules/electron/dist', import.meta.url)),
]

/** Environment with which a child process finds a Vulkan that needs no graphics card; null where there is none. */
export function softwareVulkan(): Record<string, string> | null {
  const folder = browserFolders.find((candidate) =>
    ['libvulkan.so.1', 'libvk_swiftshader.so', 'vk_swiftshader_icd.json'].every((file) =>
      existsSync(join(candidate, file)),
    ),
  )
  if (folder === undefined) return null
  return { LD_LIBRARY_PATH: folder, VK_DRIVER_FILES: join(folder, 'vk_swiftshader_icd.json') }
}
