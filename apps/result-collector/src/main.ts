/** Starts result-collector alone. */
import 'reflect-metadata';
import { startService } from '@drover/platform';
import { ResultCollectorModule } from './module';

void startService(ResultCollectorModule, { name: 'result-collector' });
