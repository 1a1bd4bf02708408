/** The questions that this service answers, one line each. */
import {
  createPackage,
  duplicatePackage,
  getPackage,
  getPackageVersion,
  listPackages,
  savePackage,
  setPackageFlags,
  type Answer,
  type Asked,
} from '@drover/contracts';
import { Answers } from '@drover/platform';
import { Controller } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { databasePorts } from './database.adapter';
import { create } from './packages/create-package';
import { duplicate } from './packages/duplicate-package';
import { findPackage, findVersion } from './packages/find-package';
import { save } from './packages/save-package';
import { setFlags } from './packages/set-package-flags';
import type { CatalogPorts } from './ports';

@Controller()
export class CatalogAnswers {
  private readonly ports: CatalogPorts;

  constructor(dataSource: DataSource) {
    this.ports = databasePorts(dataSource);
  }

  @Answers(createPackage)
  createPackage(request: Asked<typeof createPackage>): Promise<Answer<typeof createPackage>> {
    return create(this.ports, request);
  }

  @Answers(savePackage)
  savePackage(request: Asked<typeof savePackage>): Promise<Answer<typeof savePackage>> {
    return save(this.ports, request);
  }

  @Answers(duplicatePackage)
  duplicatePackage(request: Asked<typeof duplicatePackage>): Promise<Answer<typeof duplicatePackage>> {
    return duplicate(this.ports, request);
  }

  @Answers(setPackageFlags)
  setPackageFlags(request: Asked<typeof setPackageFlags>): Promise<Answer<typeof setPackageFlags>> {
    return setFlags(this.ports, request);
  }

  @Answers(listPackages)
  listPackages(request: Asked<typeof listPackages>): Promise<Answer<typeof listPackages>> {
    return this.ports.transaction(({ packages }) => packages.page(request));
  }

  @Answers(getPackage)
  getPackage(request: Asked<typeof getPackage>): Promise<Answer<typeof getPackage>> {
    return findPackage(this.ports, request);
  }

  @Answers(getPackageVersion)
  getPackageVersion(request: Asked<typeof getPackageVersion>): Promise<Answer<typeof getPackageVersion>> {
    return findVersion(this.ports, request);
  }
}
