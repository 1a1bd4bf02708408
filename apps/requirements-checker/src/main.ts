/** Starts requirements-checker alone. */
import 'reflect-metadata';
import { startAlone } from '@drover/platform';
import { RequirementsCheckerModule } from './module';

startAlone(RequirementsCheckerModule, { name: 'requirements-checker' });
