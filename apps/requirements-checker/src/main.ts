/** Starts requirements-checker alone. */
import 'reflect-metadata';
import { startService } from '@drover/platform';
import { RequirementsCheckerModule } from './module';

void startService(RequirementsCheckerModule, { name: 'requirements-checker' });
