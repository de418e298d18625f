"""Attempts to break out of a sandbox, as code. An attempt returns a true value if it got out.

Nothing here harms a machine on which it succeeds: anything machine-wide is only opened.
"""

import errno
import platform

from assistants_app.sandbox import syscalls

# Runs one attempt. Only a system error or a false result counts as refused, so a mistake in an
# attempt fails its test.
HARNESS = """
import ctypes, errno, os, signal, socket, stat, struct, subprocess
libc = ctypes.CDLL(None, use_errno=True)
def check(result):
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
def syscall(*arguments):
    return check(libc.syscall(*[ctypes.c_long(argument) for argument in arguments]))
def readable(path):
    with open(path, "rb") as file:
        file.read(1)
    return True
def writable(path):
    os.close(os.open(path, os.O_WRONLY))
    return True
def write(path, text):
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text)
    finally:
        os.close(descriptor)
    return True
def foreign(process):
    links = [os.path.join('/proc', process, 'fd', fd) for fd in os.listdir(f'/proc/{process}/fd')]
    mine = ('pipe:', 'socket:', '/dev/null', '/proc/', '/mnt/data/', '/tmp/', 'anon_inode:')
    there = [os.readlink(link) for link in links if os.path.lexists(link)]
    return [link for link in there if not link.startswith(mine)]
def tried(attempt):
    try:
        out = attempt()
    except OSError as error:
        return "refused " + errno.errorcode.get(error.errno, type(error).__name__)
    return "OUT" if out else "refused nothing"
"""

_FAMILIES = {
    "inet": 2, "inet6": 10, "key": 15, "netlink": 16, "packet": 17, "can": 29, "tipc": 30,
    "bluetooth": 31, "alg": 38, "vsock": 40, "smc": 43, "xdp": 44,
}  # fmt: skip
_NAMESPACES = {
    "time": 0x80, "mount": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000,
    "user": 0x10000000, "pid": 0x20000000, "net": 0x40000000,
}  # fmt: skip

_NETWORK = {
    f"socket {name}": f"return bool(socket.socket({number}, socket.SOCK_DGRAM))"
    for name, number in _FAMILIES.items()
}
_NETWORK |= {
    "socketpair tipc": "return bool(socket.socketpair(30))",
    "socketpair inet": "return bool(socket.socketpair(socket.AF_INET))",
    "raw socket": "return bool(socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))",
    "host's tcp port": "return bool(socket.create_connection(('127.0.0.1', {port}), 2))",
    "metadata address": "return bool(socket.create_connection(('169.254.169.254', 80), 2))",
    "resolve a name": "return bool(socket.getaddrinfo('example.org', 80))",
    "web page": "import urllib.request\nreturn bool(urllib.request.urlopen('http://{address}/', timeout=2))",  # noqa: E501
    "abstract socket": "s = socket.socket(socket.AF_UNIX)\ns.connect(chr(0) + {abstract!r})\nreturn True",  # noqa: E501
    "socket by path": "s = socket.socket(socket.AF_UNIX)\ns.connect({socket_path!r})\nreturn True",
    "interfaces": "return [n for _, n in socket.if_nameindex() if n != 'lo']",
    "own network devices": "return open('/proc/self/net/dev').read().count(':') != 1",
}

_FILES = {
    f"read {path}": f"return readable({path!r})"
    for path in (
        "/etc/shadow", "/etc/passwd", "/etc/hosts", "/root", "/home", "/var/log", "/sys/kernel",
        "/dev/mem", "/dev/kmsg", "/dev/vda", "/dev/sda", "/dev/fuse", "/dev/kvm", "/dev/net/tun",
        "/dev/tty", "/dev/ptmx", "/proc/kcore", "/proc/kmsg", "/proc/1/mem/x", "/run",
        "/.dockerenv",
    )
}  # fmt: skip
_FILES |= {
    f"write {path}": f"return writable({path!r})"
    for path in (
        "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sysrq-trigger",
        "/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/hostname",
        "/proc/sys/net/ipv4/ip_forward",
        "/proc/sys/user/max_user_namespaces",
        "/opt/sandbox/app/assistants_app/sandbox/guest/jail.py",
        "/opt/sandbox/packages/numpy/__init__.py", "/usr/bin/env",
        "/proc/sys/fs/binfmt_misc/register",
    )
}  # fmt: skip
_FILES |= {
    f"create in {folder}": f"return bool(open({folder + '/x'!r}, 'w'))"
    for folder in ("/", "/usr/bin", "/opt/sandbox/packages", "/opt/python", "/dev", "/etc", "/proc")
}
_FILES |= {
    "host's file": "return readable({secret_path!r})",
    "host's file by root of process 1": "return readable('/proc/1/root' + {secret_path!r})",
    "host's file by dots": "return readable('/mnt/data/../../../..' + {secret_path!r})",
    "the app's source": "return readable({source!r})",
    "link to a host's file": "os.symlink({secret_path!r}, 'l')\nreturn readable('l')",
    "hard link of a program": "os.link('/usr/bin/env', '/mnt/data/env')\nreturn True",
    "device node": "os.mknod('/tmp/disk', 0o600 | stat.S_IFBLK, os.makedev(8, 0))\nreturn True",
    "memory device": "os.mknod('/tmp/mem', 0o600 | stat.S_IFCHR, os.makedev(1, 1))\nreturn True",
    "chroot": "os.chroot('/tmp')\nreturn True",
    "setuid file": "open('/tmp/s', 'w').close()\nos.chmod('/tmp/s', 0o4755)\n"
    "os.chown('/tmp/s', 0, 0)\nreturn True",
    "a terabyte without data": "os.truncate(os.open('t', os.O_CREAT | os.O_RDWR), 1 << 40)\n"
    "return True",
}

_PROCESSES = {
    "kill the host's process": "os.kill({pid}, 0)\nreturn True",
    "kill this test": "os.kill({own_pid}, 0)\nreturn True",
    "kill other groups": "os.killpg({pid}, 0)\nreturn True",
    "see the host's process": "return readable('/proc/{pid}/status')",
    "see other processes": "return [p for p in os.listdir('/proc') if p.isdigit() "
    "and int(p) not in (1, os.getpid())]",
    "signal the parent": "return os.getppid() != 1",
    "priority of the host's process": "os.setpriority(os.PRIO_PROCESS, {pid}, 5)\nreturn True",
    "more priority": "os.nice(-5)\nreturn True",
    "real-time priority": "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))\nreturn True",
    "limits of the host's process": "import resource\n"
    "resource.prlimit({pid}, resource.RLIMIT_NOFILE, (1, 1))\nreturn True",
    "spared by the OOM killer": "return write('/proc/self/oom_score_adj', b'-1000')",
    "spared like the app": "return write('/proc/self/oom_score_adj', b'0')",
    "memory of process 1": "return 'w' in open('/proc/1/status').read().split('CapEff')[0] and False",  # noqa: E501
    "become root": "os.setresuid(0, 0, 0)\nreturn True",
    "become root's group": "os.setresgid(0, 0, 0)\nreturn True",
    "join groups": "os.setgroups([0])\nreturn True",
    "root by program": "return b'uid=0' in subprocess.run(['su', '-c', 'id'], "
    "capture_output=True).stdout",
    "root outside": "return open('/proc/self/uid_map').read().split()[1] == '0'",
    "capabilities": "return [line for line in open('/proc/self/status') "
    "if line.startswith('Cap') and int(line.split()[1], 16)]",
    "privileges again": "check(libc.prctl(38, 0, 0, 0, 0))\nreturn True",
    "capability for children": "check(libc.prctl(47, 2, 21, 0, 0))\nreturn True",
    "more processes": "check(libc.setrlimit(6, struct.pack('QQ', 9999, 9999)))\nreturn True",
    "map another user": "return write('/proc/self/uid_map', b'0 0 1')",
    "map another group": "return write('/proc/self/gid_map', b'0 0 1')",
    "groups again": "return write('/proc/self/setgroups', b'allow')",
    "old personality": "check(libc.personality(0x40000))\nreturn True",
    "type into a terminal": "import fcntl\nfcntl.ioctl(0, 0x5412, b'x')\nreturn True",
    "another host name": "socket.sethostname('x')\nreturn True",
}
_PROCESSES |= {
    f"clone into a new {name} namespace": f"return syscall({{clone}}, {flag | 17}, 0, 0, 0, 0)"
    for name, flag in _NAMESPACES.items()
    if name != "time"
}
_PROCESSES |= {
    f"unshare {name}": f"check(libc.unshare({flag}))\nreturn True"
    for name, flag in _NAMESPACES.items()
}
_PROCESSES |= {
    f"namespace {name} of process 1": f"check(libc.setns(os.open('/proc/1/ns/{name}', 0), 0))\n"
    "return True"
    for name in ("mnt", "net", "pid", "user")
}

_LEAKS = {
    "the app's environment": "return [value for value in os.environ.values() if {secret!r} in value]",  # noqa: E501
    "environment of process 1": "return {secret!r} in open('/proc/1/environ').read()",
    "secret on a command line": "return {secret!r} in open('/proc/1/cmdline').read()",
    "descriptors of the app": "return foreign('self')",
    "descriptors of process 1": "return foreign('1')",
    "mounts of the host": "return [line for line in open('/proc/self/mounts') "
    "if line.split()[1] not in ('/', '/proc', '/tmp', '/dev/shm', '/mnt/data') "
    "and not line.split()[1].startswith(('/opt/', '/usr/', '/dev/', '/etc/ld.so.cache', '/lib'))]",
    "writable mounts": "return [line for line in open('/proc/self/mounts') "
    "if line.split()[3].split(',')[0] == 'rw' "
    "and line.split()[1] not in ('/proc', '/tmp', '/dev/shm', '/mnt/data') "
    "and not line.split()[1].startswith('/dev/')]",
    "the other session's file": "return [name for root, _, names in os.walk('/mnt') "
    "for name in names if name == {other_file!r}]",
    "kernel addresses": "return any(int(line.split()[0], 16) for line in open('/proc/kallsyms'))",
    "host name": "return socket.gethostname() != 'sandbox'",
    "supplementary groups": "return [group for group in os.getgroups() if group not in (1000, 65534)]",  # noqa: E501
}

# Sessions share the files of the libraries, and so whatever reports how others use these.
_SHARED = "/opt/sandbox/packages/numpy"
_OTHERS = {
    "watch imports": f"descriptor = check(libc.inotify_init1(0))\n"
    f"check(libc.inotify_add_watch(descriptor, {_SHARED.encode()!r}, 0x20))\nreturn True",
    "be notified of imports": f"import fcntl\n"
    f"fcntl.fcntl(os.open({_SHARED!r}, 0), 1026, 0x80000001)\nreturn True",
    "lease a library": f"import fcntl\n"
    f"fcntl.fcntl(os.open('{_SHARED}/version.py', 0), 1024, fcntl.F_RDLCK)\nreturn True",
    "signal by locks of a library": f"import fcntl\n"
    f"fcntl.flock(os.open('{_SHARED}/version.py', 0), fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
    "return True",
    "pages in memory": f"import mmap\nfile = open('{_SHARED}/version.py', 'rb')\n"
    "libc.mmap.restype = ctypes.c_void_p\n"
    "place = libc.mmap(None, ctypes.c_size_t(4096), 1, 2, file.fileno(), ctypes.c_long(0))\n"
    "check(libc.mincore(ctypes.c_void_p(place), ctypes.c_size_t(4096), bytes(1)))\nreturn True",
    "read only what is in memory": f"file = os.open('{_SHARED}/version.py', 0)\n"
    "os.preadv(file, [bytearray(1)], 0, os.RWF_NOWAIT)\nreturn True",
    "start a program by a crash": "check(libc.setrlimit(4, struct.pack('QQ', 0, 0)))\nreturn True",
    "dumpable": "check(libc.prctl(4, 1, 0, 0, 0))\nreturn True",
    "memory of the interpreter": "import sys\n"
    'read = \'open("/proc/%d/mem", "rb")\' % os.getpid()\n'
    "return not subprocess.run([sys.executable, '-c', read], capture_output=True).returncode",
    "make the host write to its disks": f"os.fsync(os.open({_SHARED!r}, 0))\nos.sync()\n"
    "return libc.syncfs(os.open('/usr', 0)) == 0",
}

# Leaks first: later attempts leave files open.
ATTEMPTS = _LEAKS | _NETWORK | _FILES | _PROCESSES | _OTHERS
_ARCHITECTURE = platform.machine()
# Known ways out. Called with zeros, they must be refused before their arguments are looked at.
CALLS = dict(syscalls.refused(_ARCHITECTURE))
CLONE = syscalls.conditional(_ARCHITECTURE)["clone"]
PRETENDED_ABSENT = {
    name: number
    for name, number in syscalls.conditional(_ARCHITECTURE).items()
    if name in ("clone3", "memfd_create", "io_uring_setup", "io_uring_enter", "io_uring_register")
}
REFUSALS = {errno.errorcode[number] for number in (errno.EPERM, errno.ENOSYS)}
