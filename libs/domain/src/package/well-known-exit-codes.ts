/**
 * What well-known exit codes mean, shown beside the number. Several families use the same small numbers, so a code can
 * have several meanings; the step says which are likely. Sources: Windows Installer and Windows Update error codes as
 * Microsoft documents them, Inno Setup "Setup Exit Codes", NSIS "Error Levels", NTSTATUS in [MS-ERREF] 2.3.1.
 */
import { endingOf } from './resulting-command';
import type { Step } from './step';

export type ExitCodeFamily = 'Windows' | 'Windows Installer' | 'Windows Update' | 'Inno Setup' | 'NSIS';

export interface KnownExitCode {
  family: ExitCodeFamily;
  /** Unsigned. */
  code: number;
  /** Windows' own name for it, '' where there is none. */
  name: string;
  meaning: string;
}

/**
 * What `code` (signed or unsigned) can mean. With a step, only the families that its type can give; an empty list for a
 * code that is not well known. 0 is left out: it means success everywhere.
 */
export function exitCodeMeanings(code: number, step?: Step): KnownExitCode[] {
  const families = step && familiesOf(step);
  return knownExitCodes.filter(
    (known) => known.code === code >>> 0 && (families?.includes(known.family) ?? true),
  );
}

function familiesOf(step: Step): ExitCodeFamily[] {
  if (step.type === 'msiUninstaller') return ['Windows', 'Windows Installer'];
  if (step.type !== 'installer') return ['Windows', 'Windows Installer', 'Windows Update'];
  switch (endingOf(step.file)) {
    case 'msi':
    case 'msp':
      return ['Windows', 'Windows Installer'];
    case 'msu':
      return ['Windows', 'Windows Update'];
    default:
      return ['Windows', 'Windows Installer', 'Windows Update', 'Inno Setup', 'NSIS'];
  }
}

type Row = readonly [code: number, name: string, meaning: string];

const windows: readonly Row[] = [
  [2, 'ERROR_FILE_NOT_FOUND', 'the file was not found'],
  [3, 'ERROR_PATH_NOT_FOUND', 'the folder was not found'],
  [5, 'ERROR_ACCESS_DENIED', 'access was denied'],
  [13, 'ERROR_INVALID_DATA', 'the data is not valid'],
  [32, 'ERROR_SHARING_VIOLATION', 'the file is in use'],
  [53, 'ERROR_BAD_NETPATH', 'the network path was not found'],
  [87, 'ERROR_INVALID_PARAMETER', 'a parameter is wrong'],
  [112, 'ERROR_DISK_FULL', 'the disk is full'],
  [128, 'ERROR_WAIT_NO_CHILDREN', 'no such process was running'],
  [193, 'ERROR_BAD_EXE_FORMAT', 'this is not a program for this Windows'],
  [740, 'ERROR_ELEVATION_REQUIRED', 'administrative rights are needed'],
  [1223, 'ERROR_CANCELLED', 'it was cancelled'],
  [1326, 'ERROR_LOGON_FAILURE', 'the user name or password is wrong'],
  [1460, 'ERROR_TIMEOUT', 'it took longer than it was allowed to'],
  [9009, '', 'Command Prompt does not know this command'],
  [0xc0000005, 'STATUS_ACCESS_VIOLATION', 'the program crashed'],
  [0xc0000017, 'STATUS_NO_MEMORY', 'there was not enough memory'],
  [0xc0000135, 'STATUS_DLL_NOT_FOUND', 'a DLL that the program needs is missing'],
  [0xc000013a, 'STATUS_CONTROL_C_EXIT', 'it was ended from outside'],
  [0xc0000142, 'STATUS_DLL_INIT_FAILED', 'a DLL could not start, often for want of a desktop'],
  [0xc0000374, 'STATUS_HEAP_CORRUPTION', 'the program damaged its memory and was ended'],
  [0xc0000409, 'STATUS_STACK_BUFFER_OVERRUN', 'the program noticed damage and ended itself'],
];

const windowsInstaller: readonly Row[] = [
  [1601, 'ERROR_INSTALL_SERVICE_FAILURE', 'the Windows Installer service could not be reached'],
  [1602, 'ERROR_INSTALL_USEREXIT', 'the user cancelled the installation'],
  [1603, 'ERROR_INSTALL_FAILURE', 'a fatal error during the installation; its log says more (/l*v)'],
  [1604, 'ERROR_INSTALL_SUSPEND', 'the installation is suspended and incomplete'],
  [1605, 'ERROR_UNKNOWN_PRODUCT', 'the product is not installed'],
  [1606, 'ERROR_UNKNOWN_FEATURE', 'the feature is not registered'],
  [1607, 'ERROR_UNKNOWN_COMPONENT', 'the component is not registered'],
  [1608, 'ERROR_UNKNOWN_PROPERTY', 'the property is not known'],
  [1610, 'ERROR_BAD_CONFIGURATION', 'the configuration data of the product is damaged'],
  [1612, 'ERROR_INSTALL_SOURCE_ABSENT', 'the source of the installation is not available'],
  [1613, 'ERROR_INSTALL_PACKAGE_VERSION', 'it needs a later Windows Installer'],
  [1614, 'ERROR_PRODUCT_UNINSTALLED', 'the product is uninstalled'],
  [1618, 'ERROR_INSTALL_ALREADY_RUNNING', 'another installation is running; try again'],
  [1619, 'ERROR_INSTALL_PACKAGE_OPEN_FAILED', 'the installation package could not be opened'],
  [1620, 'ERROR_INSTALL_PACKAGE_INVALID', 'this is not a valid installation package'],
  [1621, 'ERROR_INSTALL_UI_FAILURE', 'the user interface could not be started'],
  [1622, 'ERROR_INSTALL_LOG_FAILURE', 'the log file could not be opened'],
  [1623, 'ERROR_INSTALL_LANGUAGE_UNSUPPORTED', 'the language is not supported on this computer'],
  [1624, 'ERROR_INSTALL_TRANSFORM_FAILURE', 'a transform could not be applied'],
  [1625, 'ERROR_INSTALL_PACKAGE_REJECTED', 'a policy forbids this installation'],
  [1626, 'ERROR_FUNCTION_NOT_CALLED', 'a function could not be carried out'],
  [1627, 'ERROR_FUNCTION_FAILED', 'a function failed'],
  [1631, 'ERROR_CREATE_FAILED', 'the Windows Installer service could not be started'],
  [1632, 'ERROR_INSTALL_TEMP_UNWRITABLE', 'the folder for temporary files is full or cannot be written'],
  [1633, 'ERROR_INSTALL_PLATFORM_UNSUPPORTED', 'the package is for another processor or Windows'],
  [1635, 'ERROR_PATCH_PACKAGE_OPEN_FAILED', 'the patch could not be opened'],
  [1636, 'ERROR_PATCH_PACKAGE_INVALID', 'this is not a valid patch'],
  [1637, 'ERROR_PATCH_PACKAGE_UNSUPPORTED', 'the patch needs a later Windows Installer'],
  [1638, 'ERROR_PRODUCT_VERSION', 'another version of this product is installed'],
  [1639, 'ERROR_INVALID_COMMAND_LINE', 'the command line is not valid'],
  [1640, 'ERROR_INSTALL_REMOTE_DISALLOWED', 'installing in a remote session is not allowed'],
  [1641, 'ERROR_SUCCESS_REBOOT_INITIATED', 'it succeeded, and a restart has begun'],
  [1642, 'ERROR_PATCH_TARGET_NOT_FOUND', 'the program that the patch is for is not there'],
  [1643, 'ERROR_PATCH_PACKAGE_REJECTED', 'a policy forbids this patch'],
  [1644, 'ERROR_INSTALL_TRANSFORM_REJECTED', 'a policy forbids a transform'],
  [1645, 'ERROR_INSTALL_REMOTE_PROHIBITED', 'Windows does not allow it in a remote session'],
  [1646, 'ERROR_PATCH_REMOVAL_UNSUPPORTED', 'the patch cannot be removed'],
  [1647, 'ERROR_UNKNOWN_PATCH', 'the patch is not installed'],
  [1648, 'ERROR_PATCH_NO_SEQUENCE', 'no order was found for the patches'],
  [1649, 'ERROR_PATCH_REMOVAL_DISALLOWED', 'a policy forbids the removal of the patch'],
  [1650, 'ERROR_INVALID_PATCH_XML', 'the description of the patch is not valid'],
  [1651, 'ERROR_PATCH_MANAGED_ADVERTISED_PRODUCT', 'the product is only advertised, so it cannot be patched'],
  [1652, 'ERROR_INSTALL_SERVICE_SAFEBOOT', 'Windows Installer does not work in safe mode'],
  [1653, 'ERROR_ROLLBACK_DISABLED', 'it needs rollback, which is switched off'],
  [1654, 'ERROR_INSTALL_REJECTED', 'the package is not accepted on this Windows'],
  [3010, 'ERROR_SUCCESS_REBOOT_REQUIRED', 'it succeeded, and a restart is needed'],
];

const windowsUpdate: readonly Row[] = [
  [0x00240001, 'WU_S_SERVICE_STOP', 'the update service was stopped'],
  [0x00240005, 'WU_S_REBOOT_REQUIRED', 'it succeeded, and a restart is needed'],
  [0x00240006, 'WU_S_ALREADY_INSTALLED', 'the update is installed already'],
  [0x00240007, 'WU_S_ALREADY_UNINSTALLED', 'the update is not installed any more'],
  [0x80070422, 'ERROR_SERVICE_DISABLED', 'the Windows Update service is disabled'],
  [0x80070643, 'ERROR_INSTALL_FAILURE', 'a fatal error during the installation'],
  [0x800f081f, 'CBS_E_SOURCE_MISSING', 'the source files were not found'],
  [0x800f0922, 'CBS_E_INSTALLERS_FAILED', 'an installer of the update failed, often for want of space'],
  [0x80240016, 'WU_E_INSTALL_NOT_ALLOWED', 'another installation is running, or a restart is waited for'],
  [0x80240017, 'WU_E_NOT_APPLICABLE', 'the update is not for this computer'],
  [0x8024001e, 'WU_E_SERVICE_STOP', 'the update service was stopped'],
  [0x80240020, 'WU_E_NO_INTERACTIVE_USER', 'it needs a user who is logged on'],
  [0x80240022, 'WU_E_ALL_UPDATES_FAILED', 'every update failed'],
  [
    0x80242016,
    'WU_E_UH_POSTREBOOTUNEXPECTEDSTATE',
    'the update was in an unexpected state after the restart',
  ],
  [0x8024402c, 'WU_E_PT_WINHTTP_NAME_NOT_RESOLVED', 'the name of the update server was not resolved'],
];

const innoSetup: readonly Row[] = [
  [1, '', 'setup could not start'],
  [2, '', 'cancelled before the installation began'],
  [3, '', 'a fatal error between two phases'],
  [4, '', 'a fatal error during the installation'],
  [5, '', 'cancelled during the installation'],
  [6, '', 'ended by a debugger'],
  [7, '', 'setup found that it cannot proceed'],
  [8, '', 'setup cannot proceed before a restart'],
];

const nsis: readonly Row[] = [
  [1, '', 'cancelled by the user'],
  [2, '', 'ended by the installer itself'],
];

const family = (name: ExitCodeFamily, rows: readonly Row[]): KnownExitCode[] =>
  rows.map(([code, windowsName, meaning]) => ({ family: name, code, name: windowsName, meaning }));

export const knownExitCodes: readonly KnownExitCode[] = [
  ...family('Windows', windows),
  ...family('Windows Installer', windowsInstaller),
  ...family('Windows Update', windowsUpdate),
  ...family('Inno Setup', innoSetup),
  ...family('NSIS', nsis),
];
