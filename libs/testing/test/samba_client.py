"""Samba's own RPC client against a simulated computer. Usage: samba_client.py ADDRESS PORT USERNAME PASSWORD BINDING-OPTIONS
Reads one registry value and prints it as JSON."""
import json
import sys

from samba import credentials, param
from samba.dcerpc import winreg

ADDRESS, PORT, USERNAME, PASSWORD, OPTIONS = sys.argv[1:6]
MAXIMUM_ALLOWED = 0x02000000

loadparm = param.LoadParm()
loadparm.set('client min protocol', 'SMB3_11')
loadparm.set('smb ports', PORT)
account = credentials.Credentials()
account.guess(loadparm)
account.set_username(USERNAME)
account.set_password(PASSWORD)
account.set_kerberos_state(credentials.DONT_USE_KERBEROS)
pipe = winreg.winreg('ncacn_np:%s[%s]' % (ADDRESS, OPTIONS), loadparm, account)
root = pipe.OpenHKLM(None, MAXIMUM_ALLOWED)
path = winreg.String()
path.name = 'SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion'
key = pipe.OpenKey(root, path, 0, MAXIMUM_ALLOWED)
name = winreg.ValNameBuf()
name.name = ''
name.size = 512
found = pipe.EnumValue(key, 0, name, 0, [0] * 256, 256, 0)
print(json.dumps({'name': found[0].name, 'text': bytes(found[2]).decode('utf-16le').rstrip('\x00')}))
