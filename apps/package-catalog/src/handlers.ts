/** The questions that this service answers, one line each. */
import {
  comparePackageVersions,
  createPackage,
  duplicatePackage,
  editPackageSteps,
  getPackage,
  getPackageVersion,
  listLabels,
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
import { compare } from './packages/compare-versions';
import { create } from './packages/create-package';
import { duplicate } from './packages/duplicate-package';
import { edit } from './packages/edit-steps';
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

  @Answers(editPackageSteps)
  editPackageSteps(request: Asked<typeof editPackageSteps>): Promise<Answer<typeof editPackageSteps>> {
    return edit(this.ports, request);
  }

  @Answers(comparePackageVersions)
  comparePackageVersions(
    request: Asked<typeof comparePackageVersions>,
  ): Promise<Answer<typeof comparePackageVersions>> {
    return compare(this.ports, request);
  }

  @Answers(listLabels)
  listLabels(): Promise<Answer<typeof listLabels>> {
    return this.ports.transaction(async ({ packages }) => ({ labels: await packages.labels() }));
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
