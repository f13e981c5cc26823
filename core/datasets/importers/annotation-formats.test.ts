import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readBlob } from '../../blobs/blob-files.ts'
import type { LabelledBox } from '../../contract/index.ts'
import { importInto } from '../testing/imported.ts'

const shared = path.resolve(import.meta.dirname, '../../../../shared/data')
const datumaro = path.join(shared, 'det-datumaro-assets')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-formats-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(relative: string, content: string | Buffer): void {
  const file = path.join(folder, 'source', relative)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, content)
}
const source = () => path.join(folder, 'source')

const whitePicture = (width: number, height: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#fff' } })
    .png()
    .toBuffer()

const box = (label: string, x0: number, y0: number, x1: number, y1: number, text: string | null = null) => ({
  label,
  x0,
  y0,
  x1,
  y1,
  text,
})
const boxesOf = (samples: readonly { boxes: LabelledBox[] }[]): number =>
  samples.reduce((sum, { boxes }) => sum + boxes.length, 0)

/** Counted in the files themselves with Python's json, xml.etree and html.parser. */
const detectionSets: [string, string, { pictures: number; boxes: number; labels?: string[] }][] = [
  ['coco_dataset/coco', 'coco', { pictures: 2, boxes: 4, labels: ['a', 'b'] }],
  ['coco_dataset/coco_captions', 'coco', { pictures: 2, boxes: 0 }],
  ['coco_dataset/coco_image_info', 'coco', { pictures: 2, boxes: 0 }],
  ['coco_dataset/coco_instances', 'coco', { pictures: 2, boxes: 3 }],
  ['coco_dataset/coco_labels', 'coco', { pictures: 2, boxes: 0, labels: ['a', 'b'] }],
  ['coco_dataset/coco_panoptic', 'coco', { pictures: 2, boxes: 3 }],
  ['coco_dataset/coco_person_keypoints', 'coco', { pictures: 2, boxes: 3 }],
  ['coco_dataset/coco_stuff', 'coco', { pictures: 2, boxes: 2 }],
  ['yolo_dataset/yolo', 'yolo', { pictures: 1, boxes: 2 }],
  [
    'yolo_dataset/yolov8_classification',
    'class-folders',
    { pictures: 3, boxes: 0, labels: ['label_0', 'label_1'] },
  ],
  ['yolo_dataset/yolov8_detection', 'yolo', { pictures: 1, boxes: 2 }],
  ['yolo_dataset/yolov8_detection_with_list_of_imgs', 'yolo', { pictures: 1, boxes: 2 }],
  ['yolo_dataset/yolov8_detection_with_list_of_names', 'yolo', { pictures: 1, boxes: 2 }],
  ['yolo_dataset/yolov8_detection_with_subset_txt', 'yolo', { pictures: 1, boxes: 2 }],
  ['yolo_dataset/yolov8_oriented_boxes', 'yolo', { pictures: 1, boxes: 2 }],
  ['yolo_dataset/yolov8_pose', 'yolo', { pictures: 1, boxes: 1 }],
  ['yolo_dataset/yolov8_pose_two_values_per_point', 'yolo', { pictures: 1, boxes: 1 }],
  ['yolo_dataset/yolov8_segmentation', 'yolo', { pictures: 1, boxes: 2 }],
  ['voc_dataset/voc_dataset1', 'voc', { pictures: 2, boxes: 3 }],
  ['voc_dataset/voc_dataset3', 'voc', { pictures: 1, boxes: 1 }],
]

describe.skipIf(!existsSync(datumaro))('sets of boxes as other programs wrote them', () => {
  it.each(detectionSets)('%s comes in as %s', async (name, importer, expected) => {
    const { result, samples } = await importInto(folder, path.join(datumaro, name))
    expect({
      importer: result.importer,
      pictures: samples.length,
      boxes: boxesOf(samples),
      labels: result.labels.map(({ label }) => label),
    }).toEqual({ importer, labels: [''], ...expected })
  })

  it('names every picture that a VOC set without pictures lacks', async () => {
    await expect(importInto(folder, path.join(datumaro, 'voc_dataset/voc_dataset2'))).rejects.toThrow(
      /no picture of its VOC annotations is there .*@\.jpg/,
    )
  })

  it('reads the boxes of 364 blood-cell photos and their split', async () => {
    const { result, samples } = await importInto(folder, path.join(shared, 'det-bccd-voc/BCCD'))
    expect(boxesOf(samples)).toBe(4888)
    const counts: Record<string, number> = {}
    for (const { boxes } of samples) for (const { label } of boxes) counts[label] = (counts[label] ?? 0) + 1
    expect(counts).toEqual({ RBC: 4155, WBC: 372, Platelets: 361 })
    expect(result.split.counts).toEqual({ train: 205, validation: 87, test: 72 })
    // VOC counts from 1 and includes the last pixel: 260..491 are the columns 259 to 490.
    expect(samples[0]?.boxes[0]).toEqual(box('WBC', 259, 176, 491, 376))
  })

  it('keeps a box on a photo that EXIF turns where a person sees it', async () => {
    execFileSync('tar', ['xzf', path.join(shared, 'bug-inputs.tar.gz'), '-C', folder, 'B08-exif-coco'])
    const { samples } = await importInto(folder, path.join(folder, 'B08-exif-coco'))
    expect(samples[0]).toMatchObject({ width: 600, height: 450, boxes: [box('top-left', 60, 45, 180, 135)] })
  })
})

/** `file`, width and height of its page in px, lines with a place, lines and words with a place and a text. */
const pages: [string, { size: [number, number]; lines: number; texts: number; words: number }][] = [
  [
    'ocr-dinglehopper-gt-vs-ocr/actevedef_718448162/OCR-D-GT-PAGE/00000024.page.xml',
    { size: [2463, 4060], lines: 68, texts: 68, words: 740 },
  ],
  [
    'ocr-dinglehopper-gt-vs-ocr/actevedef_718448162/OCR-D-OCR-CALAMARI/OCR-D-OCR-CALAMARI_0001.xml',
    { size: [2463, 4060], lines: 71, texts: 69, words: 0 },
  ],
  [
    'ocr-dinglehopper-gt-vs-ocr/actevedef_718448162/OCR-D-OCR-TESS/OCR-D-OCR-TESS_0001.xml',
    { size: [2463, 4060], lines: 71, texts: 69, words: 0 },
  ],
  [
    'ocr-dinglehopper-gt-vs-ocr/brochrnx_73075507X/00000139.gt.page.xml',
    { size: [1386, 2373], lines: 34, texts: 34, words: 228 },
  ],
  [
    'ocr-dinglehopper-gt-vs-ocr/brochrnx_73075507X/00000139.ocrd-tess.ocr.page.xml',
    { size: [1386, 2372], lines: 32, texts: 32, words: 0 },
  ],
  [
    'ocr-dinglehopper-gt-vs-ocr/directory-test/gt/1.xml',
    { size: [1148, 1852], lines: 20, texts: 20, words: 136 },
  ],
  [
    'ocr-dinglehopper-gt-vs-ocr/levels-are-different.page.xml',
    { size: [1275, 2032], lines: 2, texts: 2, words: 16 },
  ],
  [
    'ocr-dinglehopper-gt-vs-ocr/lorem-ipsum/lorem-ipsum-scan.gt.page.xml',
    { size: [2481, 3508], lines: 7, texts: 0, words: 0 },
  ],
  [
    'ocr-dinglehopper-gt-vs-ocr/mixed-regions.page.xml',
    { size: [1832, 2408], lines: 35, texts: 35, words: 0 },
  ],
  ['ocr-dinglehopper-gt-vs-ocr/order.page.xml', { size: [1275, 2032], lines: 26, texts: 26, words: 173 }],
  [
    'ocr-dinglehopper-gt-vs-ocr/table-order/table-region.xml',
    { size: [794, 1123], lines: 9, texts: 9, words: 0 },
  ],
  [
    'ocr-dinglehopper-gt-vs-ocr/table-order/table-unordered.xml',
    { size: [794, 1123], lines: 9, texts: 9, words: 0 },
  ],
  ['ocr-dinglehopper-gt-vs-ocr/test.page2018.xml', { size: [1148, 1852], lines: 20, texts: 20, words: 136 }],
  [
    'ocr-dinglehopper-gt-vs-ocr/unused-larex-indexed-textequiv-jkamlah/OCR-D-GT_0008.xml',
    { size: [1504, 2396], lines: 35, texts: 35, words: 0 },
  ],
  [
    'ocr-dinglehopper-gt-vs-ocr/unused-larex-indexed-textequiv-jkamlah/OCR-D-OCR-TESS_0008.xml',
    { size: [1504, 2396], lines: 35, texts: 35, words: 271 },
  ],
  [
    'ocr-kraken-resources/170025120000003,0074-lite.xml',
    { size: [2743, 3965], lines: 5, texts: 4, words: 0 },
  ],
  ['ocr-kraken-resources/170025120000003,0074.xml', { size: [2743, 3965], lines: 44, texts: 44, words: 0 }],
  ['ocr-kraken-resources/page/cPAS-2000.xml', { size: [3631, 4734], lines: 97, texts: 0, words: 0 }],
  ['ocr-kraken-resources/page/explicit_ro.xml', { size: [1000, 1000], lines: 5, texts: 5, words: 0 }],
  ['ocr-kraken-resources/page/missing_coords_ro.xml', { size: [1000, 1000], lines: 4, texts: 4, words: 0 }],
  [
    'ocr-kraken-resources/page/missing_coords_transkribus.xml',
    { size: [1000, 1000], lines: 4, texts: 4, words: 0 },
  ],
  ['ocr-kraken-resources/page/invalid/dims.xml', { size: [3631, 4734], lines: 97, texts: 0, words: 0 }],
  ['ocr-kraken-resources/page/invalid/image.xml', { size: [3631, 4734], lines: 97, texts: 0, words: 0 }],
  ['ocr-kraken-resources/page/zero_dims.xml', { size: [123, 45], lines: 0, texts: 0, words: 0 }],
  [
    'ocr-dinglehopper-gt-vs-ocr/bigger-texts/00008228/00008228-00236534.gt4hist.xml',
    { size: [3376, 4108], lines: 1810, texts: 1739, words: 12916 },
  ],
  [
    'ocr-dinglehopper-gt-vs-ocr/lorem-ipsum/lorem-ipsum-scan-bad.ocr.tesseract.alto.xml',
    { size: [2481, 3508], lines: 7, texts: 7, words: 101 },
  ],
  // Measures in 1/1200 inch: 20463 x 25941 of them are 1705 x 2162 px at 100 px an inch.
  ['ocr-dinglehopper-gt-vs-ocr/test.alto1.xml', { size: [1705, 2162], lines: 830, texts: 830, words: 4430 }],
  ['ocr-dinglehopper-gt-vs-ocr/test.alto2.xml', { size: [1720, 2500], lines: 30, texts: 30, words: 244 }],
  ['ocr-dinglehopper-gt-vs-ocr/test.alto3.xml', { size: [1148, 1852], lines: 3, texts: 3, words: 16 }],
  [
    'ocr-kraken-resources/alto/bsb00084914_00007.xml',
    { size: [3177, 4308], lines: 31, texts: 31, words: 86 },
  ],
  ['ocr-kraken-resources/alto/invalid/dims.xml', { size: [3177, 4308], lines: 31, texts: 31, words: 86 }],
  ['ocr-kraken-resources/alto/invalid/image.xml', { size: [3177, 4308], lines: 31, texts: 31, words: 86 }],
  ['ocr-kraken-resources/alto/missing_coords_ro.xml', { size: [1000, 1000], lines: 4, texts: 4, words: 8 }],
  ['ocr-kraken-resources/alto/reg_test.xml', { size: [3177, 4308], lines: 0, texts: 0, words: 0 }],
  ['ocr-kraken-resources/merge_tests/0014.xml', { size: [228, 109], lines: 2, texts: 2, words: 2 }],
  ['ann-hocr-tools/test/testdata/litver.html', { size: [4299, 3035], lines: 105, texts: 105, words: 0 }],
  ['ann-hocr-tools/test/testdata/sample.html', { size: [2488, 3507], lines: 37, texts: 37, words: 0 }],
  ['ann-hocr-tools/test/testdata/tess.hocr', { size: [2488, 3507], lines: 37, texts: 37, words: 503 }],
  ['ocr-ocrmypdf-resources/arabic.hocr', { size: [2550, 3300], lines: 3, texts: 3, words: 7 }],
  ['ocr-ocrmypdf-resources/cjk.hocr', { size: [2550, 3300], lines: 4, texts: 4, words: 8 }],
  [
    'ocr-ocrmypdf-resources/hello_world_scripts.hocr',
    { size: [2550, 3300], lines: 20, texts: 20, words: 20 },
  ],
]

describe.skipIf(!existsSync(shared))('pages of text as other programs described them', () => {
  it.each(pages)('%s', async (name, { size, lines, texts, words }) => {
    mkdirSync(source())
    copyFileSync(path.join(shared, name), path.join(source(), path.basename(name)))
    write(`${path.parse(name).name}.png`, await whitePicture(...size))
    const page = await importInto(folder, source())
    const transcribed = page.samples.flatMap(({ boxes }) => boxes).filter(({ text }) => text !== null)
    expect({ lines: boxesOf(page.samples), texts: transcribed.length }).toEqual({ lines, texts })
    for (const { x0, y0, x1, y1 } of page.samples[0]?.boxes ?? [])
      expect(x0 >= 0 && y0 >= 0 && x0 < x1 && y0 < y1 && x1 <= size[0] && y1 <= size[1]).toBe(true)
    if (words === 0) return
    const cut = await importInto(folder, source(), { options: { cut: 'words' } })
    expect(cut.samples.length).toBe(words)
  })

  it('says of an ALTO file with an unknown unit what is wrong', async () => {
    mkdirSync(source())
    copyFileSync(path.join(shared, 'ocr-kraken-resources/alto/invalid/mu.xml'), path.join(source(), 'mu.xml'))
    write('mu.png', await whitePicture(100, 100))
    await expect(importInto(folder, source())).rejects.toThrow(/its unit "mm" is none of ALTO's/)
  })

  it('cuts the lines of a scanned page into pictures that show their text', async () => {
    mkdirSync(source())
    for (const name of ['sample.html', 'alice_1.png'])
      copyFileSync(path.join(shared, 'ann-hocr-tools/test/testdata', name), path.join(source(), name))
    const { samples, locate } = await importInto(folder, source(), { options: { cut: 'lines' } })
    expect(samples).toHaveLength(37)
    expect(samples[0]).toMatchObject({
      path: 'alice_1/0001.png',
      text: '1 Down the Rabbit-Hole',
      group: 'alice_1.png',
      width: 919,
      height: 63,
      boxes: [],
    })
    const first = samples[0]?.hash ?? ''
    const cut = await sharp(await readBlob(locate(first), first))
      .greyscale()
      .raw()
      .toBuffer()
    const page = await sharp(path.join(source(), 'alice_1.png'))
      .extract({ left: 467, top: 525, width: 919, height: 63 })
      .greyscale()
      .raw()
      .toBuffer()
    expect(cut.equals(page)).toBe(true)
  })
})

describe('importing COCO', () => {
  const coco = (content: object) =>
    JSON.stringify({ categories: [{ id: 7, name: 'ship' }], annotations: [], ...content })

  it('takes the subset from each file, names missing pictures and those that nobody names', async () => {
    write(
      'annotations/instances_train2017.json',
      coco({
        images: [
          { id: 1, file_name: 'a.png' },
          { id: 2, file_name: 'gone.png' },
        ],
        annotations: [{ image_id: 1, category_id: 7, bbox: [1, 2, 3, 4] }],
      }),
    )
    write('annotations/instances_val2017.json', coco({ images: [{ id: 1, file_name: 'a.png' }] }))
    write('train2017/a.png', await whitePicture(20, 10))
    write('val2017/a.png', await whitePicture(10, 10))
    write('val2017/b.png', await whitePicture(11, 10))
    const { result, samples } = await importInto(folder, source())
    expect(samples.map(({ path: name, subset, boxes }) => [name, subset, boxes])).toEqual([
      ['train2017/a.png', 'train', [box('ship', 1, 2, 4, 6)]],
      ['val2017/a.png', 'validation', []],
    ])
    expect(result.report.refused).toEqual([
      { path: 'gone.png', reason: 'annotations/instances_train2017.json names it, but it is not there' },
      { path: 'val2017/b.png', reason: 'no annotation file names it' },
    ])
  })

  it('finds the box around polygons and both kinds of run lengths where none is given', async () => {
    const annotations = [
      { image_id: 1, category_id: 7, segmentation: [[2, 1, 8, 1, 5, 6]] },
      // Columns of 10 px: 3 of background, then rows 3 to 5 of column 0 and of column 1.
      { image_id: 1, category_id: 7, segmentation: { size: [10, 20], counts: [3, 3, 7, 3, 184] } },
      // The same mask as pycocotools packs it.
      { image_id: 1, category_id: 7, segmentation: { size: [10, 20], counts: '3370a5' } },
    ]
    write('coco.json', coco({ images: [{ id: 1, file_name: 'a.png' }], annotations }))
    write('a.png', await whitePicture(20, 10))
    const { result, samples } = await importInto(folder, source())
    expect(samples[0]?.boxes).toEqual([
      box('ship', 2, 1, 8, 6),
      box('ship', 0, 3, 2, 6),
      box('ship', 0, 3, 2, 6),
    ])
    expect(result.report.warnings).toContain('3 masks became the box around them (coco.json).')
  })

  it('turns boxes along that were drawn on the photo before its EXIF turn', async () => {
    const upright = await sharp({ create: { width: 40, height: 20, channels: 3, background: '#fff' } })
      .jpeg()
      .withMetadata({ orientation: 6 })
      .toBuffer()
    write(
      'coco.json',
      coco({
        images: [{ id: 1, file_name: 'a.jpg', width: 40, height: 20 }],
        annotations: [{ image_id: 1, category_id: 7, bbox: [0, 0, 10, 5] }],
      }),
    )
    write('a.jpg', upright)
    const { samples, result } = await importInto(folder, source())
    // The top left corner of the stored picture is seen at the top right.
    expect(samples[0]).toMatchObject({ width: 20, height: 40, boxes: [box('ship', 15, 0, 20, 10)] })
    expect(result.report.warnings[0]).toMatch(/before the turn that the camera noted/)
  })

  it('leaves out an annotation that is wrong, by name, and keeps the others', async () => {
    const annotations = [
      { image_id: 1, category_id: 7, bbox: [1, 1, 'two', 2] },
      { image_id: 1, category_id: 7, bbox: [1, 1, 2, 2] },
    ]
    write('coco.json', coco({ images: [{ id: 1, file_name: 'a.png' }], annotations }))
    write('a.png', await whitePicture(20, 10))
    const { samples, result } = await importInto(folder, source())
    expect(samples[0]?.boxes).toEqual([box('ship', 1, 1, 3, 3)])
    expect(result.report.warnings).toEqual([
      '1 annotation is not as COCO has them and was left out (coco.json: annotations.0.bbox.2).',
    ])
  })

  it('cuts boxes at the edge, drops those outside, and says so', async () => {
    const at = (bbox: number[]) => ({ image_id: 1, category_id: 7, bbox })
    write(
      'coco.json',
      coco({
        images: [{ id: 1, file_name: 'a.png' }],
        annotations: [at([15, 5, 10, 10]), at([30, 5, 5, 5]), at([1, 1, 0, 5])],
      }),
    )
    write('a.png', await whitePicture(20, 10))
    const { samples, result } = await importInto(folder, source())
    expect(samples[0]?.boxes).toEqual([box('ship', 15, 5, 20, 10)])
    expect(result.report.warnings).toEqual([
      '1 box reached beyond the picture and was cut at its edge (a.png).',
      '2 boxes without an area inside the picture were left out (a.png).',
    ])
  })
})

describe('importing YOLO', () => {
  it('follows data.yaml to all splits, with missing label files as pictures without boxes', async () => {
    write(
      'data.yaml',
      'path: ../datasets/mine\ntrain: [images/train, more/images]\nval: lists/val.txt\ntest: images/test\nnames: [cat, dog]\n',
    )
    write('images/train/1.png', await whitePicture(100, 50))
    write('labels/train/1.txt', '1 0.5 0.5 0.2 0.4\n7 0.5 0.5 0.2 0.4\n0 0.9 0.5 0.4 0.2\nrubbish\n')
    write('more/images/2.png', await whitePicture(100, 51))
    write('lists/val.txt', './images/val/3.png\n')
    write('images/val/3.png', await whitePicture(100, 52))
    write('images/test/4.png', await whitePicture(100, 53))
    write('spare/5.png', await whitePicture(100, 54))
    const { result, samples } = await importInto(folder, source())
    expect(samples.map(({ path: name, subset, boxes }) => [name, subset, boxes])).toEqual([
      ['1.png', 'train', [box('dog', 40, 15, 60, 35), box('', 40, 15, 60, 35), box('cat', 70, 20, 100, 30)]],
      ['2.png', 'train', []],
      ['3.png', 'validation', []],
      ['4.png', 'test', []],
    ])
    expect(result.report.refused).toEqual([{ path: 'spare/5.png', reason: 'data.yaml names it in no split' }])
    const warnings = result.report.warnings.join('\n')
    for (const said of [
      'labels/train/1.txt:2: 7',
      'labels/train/1.txt:3',
      'labels/train/1.txt:4',
      '3 pictures have no label file',
    ])
      expect(warnings).toContain(said)
  })

  it('refuses data.yaml that is no YAML by name', async () => {
    write('data.yaml', 'train: images\nnames: [cat\n')
    write('images/1.png', await whitePicture(10, 10))
    await expect(importInto(folder, source())).rejects.toThrow(/data\.yaml: not readable as YAML/)
  })
})

describe('importing XML', () => {
  it('expands no entities: a bomb and a look at the machine are refused by name', async () => {
    write(
      'bomb.xml',
      '<!DOCTYPE a [<!ENTITY x "boom"><!ENTITY f SYSTEM "file:///etc/hostname">]><PcGts><Page imageFilename="a.png"><TextRegion><TextLine><TextEquiv><Unicode>&x;&f;</Unicode></TextEquiv></TextLine></TextRegion></Page></PcGts>',
    )
    write('a.png', await whitePicture(10, 10))
    await expect(importInto(folder, source())).rejects.toThrow(/bomb\.xml: not well-formed XML .*entity/)
  })

  it('reads PAGE lines in reading order with the class that Transkribus gives them', async () => {
    const line = (id: string, y: number, text: string, custom = '') =>
      `<TextLine id="${id}" custom="${custom}"><Coords points="0,${y} 50,${y} 50,${y + 8} 0,${y + 8}"/><TextEquiv><Unicode>${text}</Unicode></TextEquiv></TextLine>`
    write(
      'page/a.xml',
      `<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"><Page imageFilename="a.png" imageWidth="100" imageHeight="40">
        <ReadingOrder><OrderedGroup id="g"><RegionRefIndexed index="1" regionRef="r1"/><RegionRefIndexed index="0" regionRef="r2"/></OrderedGroup></ReadingOrder>
        <TextRegion id="r1">${line('b', 20, 'second', 'readingOrder {index:1;}')}${line('c', 10, 'first', 'readingOrder {index:0;} structure {type:head\\u0020line;}')}</TextRegion>
        <TextRegion id="r2">${line('a', 0, 'u\u0308ber')}</TextRegion></Page></PcGts>`,
    )
    write('a.png', await whitePicture(100, 40))
    const { samples } = await importInto(folder, source())
    expect(samples[0]?.boxes.map(({ text, label }) => [text, label])).toEqual([
      ['über', ''],
      ['first', 'head line'],
      ['second', ''],
    ])
  })

  it('leaves folders with a folder for each class alone that hold other XML, JSON and YAML', async () => {
    write('cat/1.png', await whitePicture(10, 10))
    write('dog/2.png', await whitePicture(10, 11))
    write('package.json', '{"images": "none", "annotations": {}}')
    write('pom.xml', '<project><annotation>words</annotation></project>')
    write('ci.yaml', 'train: yes\n')
    const { result } = await importInto(folder, source())
    expect(result.importer).toBe('class-folders')
  })
})
