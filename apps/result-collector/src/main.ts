/** Starts result-collector alone. */
import 'reflect-metadata';
import { startAlone } from '@drover/platform';
import { ResultCollectorModule } from './module';

startAlone(ResultCollectorModule, { name: 'result-collector' });
