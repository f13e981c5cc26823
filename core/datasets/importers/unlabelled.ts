import { GlyphlabError } from '../../contract/index.ts'
import { readSourceFile } from '../read-file.ts'
import type { Importer } from './importer.ts'
import { parseOptions, withoutOptions } from './options.ts'
import { isPictureName } from './picture-name.ts'

/** Any folder of pictures: samples without a class, to be labelled later. */
export const unlabelled: Importer = {
  id: 'unlabelled',
  title: 'Pictures without labels',

  detects: ({ scan }) => scan.files.some(({ path }) => isPictureName(path)),

  async plan({ root, scan, options }) {
    parseOptions(withoutOptions, options, 'unlabelled')
    if (scan.files.length === 0)
      throw new GlyphlabError('INVALID_INPUT', `${root} holds no files. Choose a folder with pictures.`)
    const candidates = scan.files.map(({ path, file }) => ({
      path: path.normalize('NFC'),
      label: '',
      subset: null,
      file,
      read: () => readSourceFile(file),
      info: null,
    }))
    return { candidates, warnings: [] }
  },
}
