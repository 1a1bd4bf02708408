export { fileBytesMax } from './decode-text';
export { exportPackages } from './drover/packages-document';
export { importFiles, type ImportedFile } from './import-files';
export { importFormats, type ImportFormat, type ImportReport, type ListedItem } from './import-log';
