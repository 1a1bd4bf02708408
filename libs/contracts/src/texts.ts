/** Texts with their limits, as every schema uses them. */
import { z } from 'zod';

export const shortText = z.string().trim().min(1).max(255);
export const longText = z.string().max(100_000);
