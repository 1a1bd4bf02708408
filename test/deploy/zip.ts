/** One entry of a zip archive as a stream. */
import type { Readable } from 'node:stream';
import { open } from 'yauzl';

/** @throws Error when the archive has no entry of that name. */
export const openPromise = (archive: string, name: string): Promise<Readable> =>
  new Promise((resolve, reject) => {
    open(archive, { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error);
      zip.on('error', reject);
      zip.on('end', () => reject(new Error(`no entry ${name} in ${archive}`)));
      zip.on('entry', (entry: { fileName: string }) => {
        if (entry.fileName !== name) return zip.readEntry();
        zip.openReadStream(entry as Parameters<typeof zip.openReadStream>[0], (failure, stream) =>
          failure ? reject(failure) : resolve(stream),
        );
      });
      zip.readEntry();
    });
  });
