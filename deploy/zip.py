"""Zips a package for Lambda: zip.py ARCHITECTURE BOOTSTRAP RULES TEMPLATES ZIP

Nothing but the names and contents of files decides the bytes of the zip: files are in the order of their names, with one time
and fixed permissions. It is refused when the binary would not run on Amazon Linux 2023, and when it is too large.
"""

import hashlib
import pathlib
import re
import struct
import sys
import zipfile

# https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html
GLIBC = (2, 34)
# ELF's numbers of machines: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
MACHINES = {"x86_64": 62, "arm64": 183}
# The goal, not Lambda's limit: a start downloads and unpacks it.
LARGEST = 10_000_000
# The first that a zip can have.
TIME = (1980, 1, 1, 0, 0, 0)


def refuse(why):
    sys.exit(f"error: {why}")


def check_binary(path, architecture):
    binary = path.read_bytes()
    if binary[:6] != b"\x7fELF\x02\x01":
        refuse(f"`{path}` is no 64-bit Linux program")
    machine = struct.unpack_from("<H", binary, 18)[0]
    if machine != MACHINES[architecture]:
        refuse(f"`{path}` is not for {architecture} (its ELF machine is {machine}, not {MACHINES[architecture]})")
    # The versions that its dynamic symbols need are names in its string table.
    needed = sorted({tuple(map(int, v.split(b"."))) for v in re.findall(rb"GLIBC_(\d+\.\d+(?:\.\d+)?)\0", binary)})
    newer = [".".join(map(str, version)) for version in needed if version[:2] > GLIBC]
    if newer or b"GLIBC_ABI_DT_RELR\0" in binary:
        what = ", ".join(newer) or "2.36 (packed relocations)"
        refuse(
            f"`{path}` needs glibc {what}, and Amazon Linux 2023 has 2.34: build it with cargo-lambda and zig"
            " (`pip install cargo-lambda ziglang`), which links against older symbols"
        )
    return ".".join(map(str, needed[-1])) if needed else "none"


def entries(bootstrap, rules, templates):
    yield "bootstrap", bootstrap, 0o755
    for name, folder in (("rules", rules), ("templates", templates)):
        files = [path for path in folder.iterdir() if path.suffix in (".yaml", ".yml")]
        if name == "rules" and not files:
            refuse(f"there are no rules in `{folder}`")
        for path in sorted(files, key=lambda path: path.name):
            yield f"{name}/{path.name}", path, 0o644


def write(out, files):
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, path, mode in files:
            info = zipfile.ZipInfo(name, TIME)
            info.create_system = 3  # Unix: what the permissions are to be understood by
            info.external_attr = (0o100000 | mode) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, path.read_bytes(), compresslevel=9)


def main():
    if len(sys.argv) != 6 or sys.argv[1] not in MACHINES:
        sys.exit(__doc__)
    architecture = sys.argv[1]
    bootstrap, rules, templates, out = map(pathlib.Path, sys.argv[2:])
    glibc = check_binary(bootstrap, architecture)
    files = list(entries(bootstrap, rules, templates))
    write(out, files)
    size = out.stat().st_size
    if size > LARGEST:
        out.unlink()
        refuse(f"the zip has {size:,} bytes, more than {LARGEST:,}")
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    print(f"{out}: {len(files)} files, {size:,} bytes, glibc {glibc}, sha256 {digest}")


main()
