import type { OcrReading } from '../../contract/index.ts'

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
   * damaged). A failed read leaves the engine ready for the next one.
   */
  read(bytes: Buffer, name: string): Promise<OcrReading>
  /** Frees the engine. Reads that wait or run are rejected with CANCELLED. */
  close(): Promise<void>
}
