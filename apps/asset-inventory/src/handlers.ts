/** The questions that this service answers, one line each. */
import {
  changeCredential,
  claimCredentialUse,
  createAsset,
  createCredential,
  credentialForAsset,
  deleteAsset,
  getAsset,
  listAssets,
  listCredentials,
  releaseCredential,
  reportLogon,
  resolveAssets,
  sealedCredential,
  type Answer,
  type Asked,
} from '@drover/contracts';
import { Answers } from '@drover/platform';
import { Controller } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { addAsset } from './assets/add-asset';
import { findAsset } from './assets/find-asset';
import { forgetAsset } from './assets/forget-asset';
import { resolve } from './assets/resolve-assets';
import { addCredential } from './credentials/add-credential';
import { changePassword, release } from './credentials/change-credential';
import { credentialFor } from './credentials/choose-credential';
import { showCredentials } from './credentials/show-credentials';
import { claimUse, foldLogon, sealedText } from './credentials/use-credential';
import { databasePorts } from './database.adapter';
import type { InventoryPorts } from './ports';

@Controller()
export class InventoryAnswers {
  private readonly ports: InventoryPorts;

  constructor(dataSource: DataSource) {
    this.ports = databasePorts(dataSource);
  }

  @Answers(createAsset)
  createAsset(request: Asked<typeof createAsset>): Promise<Answer<typeof createAsset>> {
    return addAsset(this.ports, request);
  }

  @Answers(listAssets)
  listAssets(request: Asked<typeof listAssets>): Promise<Answer<typeof listAssets>> {
    return this.ports.transaction(({ assets }) => assets.page(request));
  }

  @Answers(getAsset)
  getAsset(request: Asked<typeof getAsset>): Promise<Answer<typeof getAsset>> {
    return findAsset(this.ports, request.id);
  }

  @Answers(deleteAsset)
  deleteAsset(request: Asked<typeof deleteAsset>): Promise<Answer<typeof deleteAsset>> {
    return forgetAsset(this.ports, request);
  }

  @Answers(resolveAssets)
  resolveAssets(request: Asked<typeof resolveAssets>): Promise<Answer<typeof resolveAssets>> {
    return resolve(this.ports, request);
  }

  @Answers(createCredential)
  createCredential(request: Asked<typeof createCredential>): Promise<Answer<typeof createCredential>> {
    return addCredential(this.ports, request);
  }

  @Answers(changeCredential)
  changeCredential(request: Asked<typeof changeCredential>): Promise<Answer<typeof changeCredential>> {
    return changePassword(this.ports, request);
  }

  @Answers(releaseCredential)
  releaseCredential(request: Asked<typeof releaseCredential>): Promise<Answer<typeof releaseCredential>> {
    return release(this.ports, request);
  }

  @Answers(listCredentials)
  listCredentials(): Promise<Answer<typeof listCredentials>> {
    return showCredentials(this.ports);
  }

  @Answers(credentialForAsset)
  credentialForAsset(request: Asked<typeof credentialForAsset>): Promise<Answer<typeof credentialForAsset>> {
    return credentialFor(this.ports, request);
  }

  @Answers(sealedCredential)
  sealedCredential(request: Asked<typeof sealedCredential>): Promise<Answer<typeof sealedCredential>> {
    return sealedText(this.ports, request);
  }

  @Answers(claimCredentialUse)
  claimCredentialUse(request: Asked<typeof claimCredentialUse>): Promise<Answer<typeof claimCredentialUse>> {
    return claimUse(this.ports, request);
  }

  @Answers(reportLogon)
  reportLogon(request: Asked<typeof reportLogon>): Promise<Answer<typeof reportLogon>> {
    return foldLogon(this.ports, request);
  }
}
