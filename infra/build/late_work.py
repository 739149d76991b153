"""Lines of packages that do work at import which functions need rarely or never: done on demand.

Each replacement behaves as the original. Compiling one pattern of IPv6 addresses takes 12 million
instructions, and the packages compile five; the hosts that functions call have names.
"""

type Replacements = dict[str, dict[str, str]]  # of lines, by module

# urllib3 and botocore match hosts in brackets, as in http://[::1]/, or with colons. A host without
# them matches none of the patterns.
LATE_PATTERNS: Replacements = {
    "urllib3/util/url.py": {
        '_IPV6_RE = re.compile("^" + _IPV6_PAT + "$")': "",
        '_IPV6_ADDRZ_RE = re.compile("^" + _IPV6_ADDRZ_PAT + "$")': "",
        "            is_ipv6 = _IPV6_ADDRZ_RE.match(host)": (
            '            is_ipv6 = host[0] == "[" and re.match("^" + _IPV6_ADDRZ_PAT + "$", host)'
        ),
        '_BRACELESS_IPV6_ADDRZ_RE = re.compile("^" + _IPV6_ADDRZ_PAT[2:-2] + "$")': "",
        "_HOST_PORT_RE = re.compile(_HOST_PORT_PAT, re.UNICODE | re.DOTALL)": (
            '_HOST_PORT_RE = re.compile(_HOST_PORT_PAT.replace(_IPV6_ADDRZ_PAT, "(?!)"), re.DOTALL)'
        ),
        "        host_port_match = _HOST_PORT_RE.fullmatch(host_port)": (
            '        whole = re.compile(_HOST_PORT_PAT, re.DOTALL) if "[" in host_port else None\n'
            "        host_port_match = (whole or _HOST_PORT_RE).fullmatch(host_port)"
        ),
    },
    "urllib3/util/ssl_.py": {
        "from .url import _BRACELESS_IPV6_ADDRZ_RE, _IPV4_RE": (
            "import re\nfrom .url import _IPV4_RE, _IPV6_ADDRZ_PAT"
        ),
        "    return bool(_IPV4_RE.match(hostname) or _BRACELESS_IPV6_ADDRZ_RE.match(hostname))": (
            '    is_ipv6 = ":" in hostname and re.match(_IPV6_ADDRZ_PAT[2:-2] + "$", hostname)\n'
            "    return bool(_IPV4_RE.match(hostname) or is_ipv6)"
        ),
    },
    "botocore/compat.py": {
        'IPV6_ADDRZ_RE = re.compile("^" + IPV6_ADDRZ_PAT + "$")': "",
    },
    "botocore/httpsession.py": {
        "    IPV6_ADDRZ_RE,": "    IPV6_ADDRZ_PAT,",
        "    return is_ipaddress(host) or bool(IPV6_ADDRZ_RE.match(host))": (
            "    import re\n"
            "    return is_ipaddress(host) or bool(\n"
            '        host[:1] == "[" and re.match("^" + IPV6_ADDRZ_PAT + "$", host)\n'
            "    )"
        ),
    },
    "botocore/utils.py": {
        "    IPV6_ADDRZ_RE,": "",
        "    return IPV6_ADDRZ_RE.match(hostname) is not None": (
            '    return re.match("^" + IPV6_ADDRZ_PAT + "$", hostname) is not None'
        ),
    },
}

# Functions have their credentials in environment variables, and no files of an AWS configuration.
LATE_IMPORTS: Replacements = {
    "botocore/configloader.py": {
        "import configparser": "",
        "        cp = configparser.RawConfigParser()": (
            "        import configparser\n        cp = configparser.RawConfigParser()"
        ),
    },
    "botocore/credentials.py": {
        "import getpass": "",
        "            self._mfa_prompter = getpass.getpass": (
            "            import getpass\n            self._mfa_prompter = getpass.getpass"
        ),
        "        prompter=getpass.getpass,": "        prompter=None,",  # the same by the line above
        "import subprocess": "",
        "    def __init__(self, profile_name, load_config, popen=subprocess.Popen):": (
            "    def __init__(self, profile_name, load_config, popen=None):"
        ),
        "        p = self._popen(": (
            "        import subprocess\n        p = (self._popen or subprocess.Popen)("
        ),
        "import dateutil.parser": "",
        "from dateutil.parser import parse": (
            "def parse(text):\n    from dateutil.parser import parse\n    return parse(text)"
        ),
        "            expiration = dateutil.parser.parse(token_dict['expiresAt'])": (
            "            expiration = parse(token_dict['expiresAt'])"
        ),
    },
    "botocore/tokens.py": {
        "import dateutil.parser": (
            "def parse(text):\n    from dateutil.parser import parse\n    return parse(text)"
        ),
        '        expiry = dateutil.parser.parse(token["registrationExpiresAt"])': (
            '        expiry = parse(token["registrationExpiresAt"])'
        ),
        '        expiration = dateutil.parser.parse(token_dict["expiresAt"])': (
            '        expiration = parse(token_dict["expiresAt"])'
        ),
    },
    "botocore/utils.py": {
        "import dateutil.parser": "",
        "        return dateutil.parser.parse(value, tzinfos={'GMT': tzutc()})": (
            "        from dateutil.parser import parse\n"
            "        return parse(value, tzinfos={'GMT': tzutc()})"
        ),
    },
}
