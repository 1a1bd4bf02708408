#!/usr/bin/python3
"""The work of one dispatch done by impacket, to stand beside ours in the same run.

impacket_dispatch.py HOST PORT USER COUNT RUNNER_FILE first|present      (the password is read from standard input)
Prints one JSON line: wall and CPU milliseconds per dispatch, imports not counted."""
import io, json, resource, sys, time, uuid

from impacket.dcerpc.v5 import rrp, transport, tsch
from impacket.dcerpc.v5.dtypes import NULL
from impacket.smbconnection import SMBConnection

host, port, user, count, runner_file, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5], sys.argv[6]
password = sys.stdin.readline().rstrip('\n')
runner = open(runner_file, 'rb').read()
XML = '''<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
<Principals><Principal id="a"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals>
<Settings><MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy><Enabled>true</Enabled><Hidden>true</Hidden></Settings>
<Actions Context="a"><Exec><Command>C:\\Windows\\Drover\\bench.exe</Command><Arguments>%s $(Arg0)</Arguments></Exec></Actions></Task>'''


def pipe(smb, name, interface):
    t = transport.SMBTransport(host, port, name, smb_connection=smb)
    rpc = t.get_dce_rpc()
    rpc.set_credentials(user, password)
    rpc.set_auth_level(6)
    rpc.connect()
    rpc.bind(interface)
    return rpc


def dispatch():
    name = 'bench-' + uuid.uuid4().hex
    smb = SMBConnection(host, host, sess_port=port)
    smb.login(user, password)
    if mode == 'first':
        smb.putFile('C$', 'Windows\\Drover\\' + name + '.part', io.BytesIO(runner).read)
        smb.rename('C$', 'Windows\\Drover\\' + name + '.part', 'Windows\\Drover\\' + name + '.exe')
    else:
        smb.listPath('C$', 'Windows\\Drover\\bench.exe')
    tasks = pipe(smb, r'\atsvc', tsch.MSRPC_UUID_TSCHS)
    tsch.hSchRpcRegisterTask(tasks, '\\' + name, XML % name, tsch.TASK_CREATE, NULL, tsch.TASK_LOGON_NONE)
    registry = pipe(smb, r'\winreg', rrp.MSRPC_UUID_RRP)
    machine = rrp.hOpenLocalMachine(registry)['phKey']
    key = rrp.hBaseRegCreateKey(registry, machine, 'SOFTWARE\\Drover\\' + name + '\0')['phkResult']
    rrp.hBaseRegSetValue(registry, key, 'plan\0', rrp.REG_BINARY, b'x' * 400)
    tsch.hSchRpcRun(tasks, '\\' + name, ('begin',))
    smb.close()


def prepare():
    smb = SMBConnection(host, host, sess_port=port)
    smb.login(user, password)
    try:
        smb.createDirectory('C$', 'Windows\\Drover')
    except Exception:
        pass
    smb.putFile('C$', 'Windows\\Drover\\bench.exe', io.BytesIO(runner).read)
    smb.close()


prepare()
print('prepared', flush=True)
wall, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
for _ in range(count):
    dispatch()
after = resource.getrusage(resource.RUSAGE_SELF)
cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
print(json.dumps({'wallMs': (time.perf_counter() - wall) * 1000 / count, 'cpuMs': cpu * 1000 / count}))
