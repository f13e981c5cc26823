import type {
  OcrReading,
  OcrWord,
  PageRegion,
  PageSegmentation,
  Preprocessing,
} from '../../contract/index.ts'
import type { GreyPicture, Turn } from '../preprocessing/grey-picture.ts'

/** How a page is to be read. */
export interface ReadingManner {
  psm: PageSegmentation
  preprocessing: Preprocessing
  /** Drawn by hand, in reading order, px of the displayed picture. */
  regions?: readonly PageRegion[]
}

export const usualManner: ReadingManner = { psm: 3, preprocessing: 'auto' }

/**
 * Reads text from pictures. An instance holds whatever the engine needs to stay warm and reads one picture at a time;
 * calls made meanwhile wait their turn.
 */
export interface OcrEngine {
  readonly id: string
  readonly title: string
  readonly language: string
  /**
   * Reads the first page of a picture. `name` is the file's name as the user knows it and stands in every error.
   * Boxes are in pixels of the displayed (EXIF-turned) picture.
   * @throws GlyphlabError UNREADABLE_FILE (not a picture, damaged), TIMED_OUT, UNAVAILABLE (language data missing or
   * damaged), DAMAGED (the model's files). A failed read leaves the engine ready for the next one.
   */
  read(bytes: Buffer, name: string, manner?: ReadingManner): Promise<OcrReading>
  /** Frees the engine. Reads that wait or run are rejected with CANCELLED. */
  close(): Promise<void>
}

/** Reads grey pictures as they are; turning, cleaning and cutting them is the page engine's part. */
export interface PictureReader {
  /** Words in reading order, boxes in px of the picture. */
  read(picture: GreyPicture, psm: PageSegmentation): Promise<OcrWord[]>
  /** How the picture must be turned, clockwise, to stand upright, where the engine can tell without reading it. */
  uprightTurn?(picture: GreyPicture): Promise<Turn | 0>
  /** Ends it at once; what it was doing is rejected. */
  stop(): Promise<void>
}
