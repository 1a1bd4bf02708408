"""An independent client of a simulated computer: impacket does what an administrator's tools do. Prints one JSON object of
what it saw; the test beside it judges. Usage: impacket_client.py ADDRESS PORT USERNAME PASSWORD SCENARIO"""
import json
import sys
import time

from impacket.dcerpc.v5 import rrp, scmr, transport, tsch
from impacket.dcerpc.v5.dtypes import NULL
from impacket.dcerpc.v5.rpcrt import DCERPCException, RPC_C_AUTHN_LEVEL_PKT_PRIVACY
from impacket.smb3structs import SMB2_DIALECT_30
from impacket.smbconnection import SessionError, SMBConnection

ADDRESS, PORT, USERNAME, PASSWORD, SCENARIO = sys.argv[1:6]

TASK = """<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Principals><Principal id="LocalSystem"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals>
  <Settings><MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy><AllowHardTerminate>true</AllowHardTerminate>
    <ExecutionTimeLimit>PT1H</ExecutionTimeLimit><Priority>5</Priority></Settings>
  <Actions Context="LocalSystem"><Exec><Command>cmd.exe</Command><Arguments>/c %s</Arguments></Exec></Actions>
</Task>"""


def log_in(dialect=None):
    connection = SMBConnection(ADDRESS, ADDRESS, sess_port=int(PORT), preferredDialect=dialect)
    connection.login(USERNAME, PASSWORD)
    return connection


def bind(connection, pipe, interface, private=False):
    rpc = transport.SMBTransport(ADDRESS, dstport=int(PORT), filename=pipe, smb_connection=connection).get_dce_rpc()
    if private:
        rpc.set_credentials(USERNAME, PASSWORD)
        rpc.set_auth_level(RPC_C_AUTHN_LEVEL_PKT_PRIVACY)
    rpc.connect()
    rpc.bind(interface)
    return rpc


def files(connection):
    connection.createDirectory('C$', 'Windows\\Drover')
    content = bytes(range(256)) * 1200
    chunks = [content]
    connection.putFile('C$', 'Windows\\Drover\\a.bin', lambda _: chunks.pop() if chunks else b'')
    back = []
    connection.getFile('C$', 'Windows\\Drover\\a.bin', back.append)
    connection.rename('C$', 'Windows\\Drover\\a.bin', 'Windows\\Drover\\b.bin')
    names = sorted(entry.get_longname() for entry in connection.listPath('C$', 'Windows\\Drover\\*'))
    connection.deleteFile('C$', 'Windows\\Drover\\b.bin')
    return {'same': b''.join(back) == content, 'names': names}


def registry(connection):
    rpc = bind(connection, r'\winreg', rrp.MSRPC_UUID_RRP)
    root = rrp.hOpenLocalMachine(rpc)['phKey']
    key = rrp.hBaseRegCreateKey(rpc, root, 'SOFTWARE\\Drover\\attempt-1')
    handle = key['phkResult']
    again = rrp.hBaseRegCreateKey(rpc, root, 'SOFTWARE\\Drover\\attempt-1')
    rrp.hBaseRegSetValue(rpc, handle, 'plan', rrp.REG_BINARY, b'\x01\x02' * 10000)
    rrp.hBaseRegSetValue(rpc, handle, 'text', rrp.REG_SZ, 'gr\u00fcn\x00')
    info = rrp.hBaseRegQueryInfoKey(rpc, handle)
    type_code, data = rrp.hBaseRegQueryValue(rpc, handle, 'plan')
    names = [rrp.hBaseRegEnumValue(rpc, handle, index, 20000)['lpValueNameOut'][:-1] for index in range(2)]
    parent = rrp.hBaseRegOpenKey(rpc, root, 'SOFTWARE\\Drover')['phkResult']
    subkey = rrp.hBaseRegEnumKey(rpc, parent, 0)['lpNameOut'][:-1]
    version = rrp.hBaseRegOpenKey(rpc, root, 'SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion')['phkResult']
    product = rrp.hBaseRegQueryValue(rpc, version, 'ProductName')[1]
    parent_delete = refused(lambda: rrp.hBaseRegDeleteKey(rpc, root, 'SOFTWARE\\Drover'))
    rrp.hBaseRegDeleteValue(rpc, handle, 'text')
    rrp.hBaseRegCloseKey(rpc, handle)
    rrp.hBaseRegDeleteKey(rpc, root, 'SOFTWARE\\Drover\\attempt-1')
    gone = refused(lambda: rrp.hBaseRegOpenKey(rpc, root, 'SOFTWARE\\Drover\\attempt-1'))
    return {'first': key['lpdwDisposition'], 'second': again['lpdwDisposition'], 'values': info['lpcValues'], 'type': type_code,
            'plan': len(data), 'names': names, 'subkey': subkey, 'product': product.rstrip('\x00'),
            'parentDelete': parent_delete, 'gone': gone}


def refused(call):
    try:
        call()
    except Exception as error:  # impacket raises one class per interface; each has the code
        return error.get_error_code()
    return 0


def services(connection):
    rpc = bind(connection, r'\svcctl', scmr.MSRPC_UUID_SCMR)
    manager = scmr.hROpenSCManagerW(rpc)['lpScHandle']
    names = sorted(service['lpServiceName'][:-1] for service in scmr.hREnumServicesStatusW(rpc, manager))
    handle = scmr.hROpenServiceW(rpc, manager, 'RemoteRegistry\x00')['lpServiceHandle']
    config = scmr.hRQueryServiceConfigW(rpc, handle)['lpServiceConfig']
    scmr.hRControlService(rpc, handle, scmr.SERVICE_CONTROL_STOP)
    stopped = wait_for(rpc, handle, scmr.SERVICE_STOPPED)
    scmr.hRChangeServiceConfigW(rpc, handle, dwStartType=scmr.SERVICE_DISABLED)
    disabled = refused(lambda: scmr.hRStartServiceW(rpc, handle))
    scmr.hRChangeServiceConfigW(rpc, handle, dwStartType=scmr.SERVICE_DEMAND_START)
    scmr.hRStartServiceW(rpc, handle)
    running = wait_for(rpc, handle, scmr.SERVICE_RUNNING)
    absent = refused(lambda: scmr.hROpenServiceW(rpc, manager, 'Nothing\x00'))
    return {'names': names, 'startType': config['dwStartType'], 'display': config['lpDisplayName'][:-1],
            'stopped': stopped, 'disabled': disabled, 'running': running, 'absent': absent}


def wait_for(rpc, handle, state, deadline_s=5):
    ends = time.monotonic() + deadline_s
    while time.monotonic() < ends:
        if scmr.hRQueryServiceStatus(rpc, handle)['lpServiceStatus']['dwCurrentState'] == state:
            return True
        time.sleep(0.02)
    return False


def tasks(connection):
    rpc = bind(connection, r'\atsvc', tsch.MSRPC_UUID_TSCHS, private=True)
    path = '\\Drover\\attempt-1'
    registered = tsch.hSchRpcRegisterTask(rpc, path, TASK % '$(Arg0)', tsch.TASK_CREATE, NULL, tsch.TASK_LOGON_NONE)['pActualPath'][:-1]
    twice = refused(lambda: tsch.hSchRpcRegisterTask(rpc, path, TASK % 'exit 1', tsch.TASK_CREATE, NULL, tsch.TASK_LOGON_NONE))
    damaged = refused(lambda: tsch.hSchRpcRegisterTask(rpc, '\\Drover\\bad', TASK.replace('Exec>', 'Run>') % 'x', tsch.TASK_CREATE, NULL, tsch.TASK_LOGON_NONE))
    never = refused(lambda: tsch.hSchRpcGetLastRunInfo(rpc, path))
    request = tsch.SchRpcRun()
    request['path'] = path + '\x00'
    request['cArgs'] = 1
    argument = tsch.LPWSTR()
    argument['Data'] = 'exit 3010\x00'
    request['pArgs'].append(argument)
    request['user'] = NULL
    rpc.request(request)
    result = last_result(rpc, path)
    names = listed(rpc, '\\Drover')
    xml = tsch.hSchRpcRetrieveTask(rpc, path)['pXml']
    tsch.hSchRpcDelete(rpc, path)
    gone = refused(lambda: tsch.hSchRpcRetrieveTask(rpc, path))
    return {'registered': registered, 'twice': twice, 'damaged': damaged, 'never': never, 'result': result, 'names': names,
            'xml': '$(Arg0)' in xml, 'gone': gone}


def listed(rpc, folder):
    """Fewer names than asked for is S_FALSE, which impacket raises with the answer inside."""
    try:
        answer = tsch.hSchRpcEnumTasks(rpc, folder)
    except tsch.DCERPCSessionError as error:
        answer = error.get_packet()
    return [name['Data'][:-1] for name in answer['pNames']]


def last_result(rpc, path, deadline_s=5):
    ends = time.monotonic() + deadline_s
    while time.monotonic() < ends:
        result = tsch.hSchRpcGetLastRunInfo(rpc, path)['pLastReturnCode']
        if result != 0x41301:
            return result
        time.sleep(0.02)
    return None


def unprotected_tasks(connection):
    rpc = bind(connection, r'\atsvc', tsch.MSRPC_UUID_TSCHS)
    try:
        tsch.hSchRpcHighestVersion(rpc)
    except DCERPCException as error:
        return {'fault': str(error)}
    return {'fault': ''}


def main():
    if SCENARIO == 'logon':
        try:
            connection = log_in()
        except SessionError as error:
            return {'status': error.getErrorCode()}
        return {'status': 0, 'dialect': connection.getDialect(), 'signing': connection.isSigningRequired(),
                'name': connection.getServerName()}
    connection = log_in(SMB2_DIALECT_30)
    scenarios = {'files': files, 'registry': registry, 'services': services, 'tasks': tasks,
                 'unprotectedTasks': unprotected_tasks}
    seen = scenarios[SCENARIO](connection)
    connection.logoff()
    return seen


print(json.dumps(main()))
