import { next } from '@drover/domain';
export const z = next;
