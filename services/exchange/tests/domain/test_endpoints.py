"""Where webhooks may lead: URLs are read strictly, and no address but a public one is ever connected to."""

from ipaddress import ip_address

import pytest

from lienthong.exchange.domain.endpoints import Endpoint, EndpointPolicy, is_public, may_connect
from lienthong.exchange.domain.webhook_errors import EndpointRefused

PRODUCTION = EndpointPolicy(ports=frozenset({443, 8443}))
TRAINING = EndpointPolicy(anywhere=True)

GOOD = {
    "https://vanban.tayninh.gov.vn/lienthong": "https://vanban.tayninh.gov.vn/lienthong",
    "https://vanban.tayninh.gov.vn": "https://vanban.tayninh.gov.vn/",
    "https://vanban.tayninh.gov.vn?x=1": "https://vanban.tayninh.gov.vn/?x=1",
    "HTTPS://VanBan.TayNinh.gov.vn:443/A%20b?c=D": "https://vanban.tayninh.gov.vn/A%20b?c=D",
    "https://vanban.tayninh.gov.vn:8443/": "https://vanban.tayninh.gov.vn:8443/",
    "https://xn--vn-bn-2qa8n.gov.vn/": "https://xn--vn-bn-2qa8n.gov.vn/",
    "https://113.160.0.1/": "https://113.160.0.1/",
    "https://[2405:4800::1]/": "https://[2405:4800::1]/",
    "https://10.gov.vn/": "https://10.gov.vn/",
}

BAD = [
    "",
    "vanban.gov.vn",
    "//vanban.gov.vn/",
    "http://vanban.gov.vn/",
    "ftp://vanban.gov.vn/",
    "file:///etc/passwd",
    "https://",
    "https:///x",
    "https://user@vanban.gov.vn/",
    "https://user:pass@vanban.gov.vn/",
    "https://vanban.gov.vn@127.0.0.1/",
    "https://vanban.gov.vn/#x",
    "https://vanban.gov.vn#@127.0.0.1/",
    "https://vanban.gov.vn:80/",
    "https://vanban.gov.vn:22/",
    "https://vanban.gov.vn:0/",
    "https://vanban.gov.vn:65536/",
    "https://vanban.gov.vn:/",
    "https://vanban.gov.vn:+443/",
    "https://vanban.gov.vn:4_43/",
    "https://vanban.gov.vn./",
    "https://localhost./",
    "https://127.0.0.1./",
    "https://van ban.gov.vn/",
    "https://vanban.gov.vn/a b",
    "https://vanban.gov.vn/\r\nX: y",
    "https://vanban.gov.vn/\t",
    " https://vanban.gov.vn/",
    "https://vanban.gov.vn\\@127.0.0.1/",
    "https://vanban.gov.vn/%zz",
    "https://%31%32%37.0.0.1/",
    "https://vănbản.gov.vn/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://ｌocalhost/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.0.01/",
    "https://0177.0.0.1/",
    "https://0x7f.0.0.1/",
    "https://0x7f000001/",
    "https://2130706433/",
    "https://017700000001/",
    "https://1.2.3.4.5/",
    "https://example.1/",
    "https://0/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://192.168.1.1/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[2405:4800::1%1]/",
    "https://[fc00::1]/",
    "https://[ff02::1]/",
    "https://[::1]vanban.gov.vn/",
    "https://[::1",
    "https://-a.gov.vn/",
    "https://a..gov.vn/",
    f"https://{'a' * 64}.vn/",
    f"https://vanban.gov.vn/{'a' * 1000}",
]


@pytest.mark.parametrize(("url", "read"), GOOD.items())
def test_a_public_https_url_is_read_in_its_one_form(url: str, read: str) -> None:
    endpoint = Endpoint.read(url, PRODUCTION)
    assert endpoint.url == read
    assert Endpoint.read(endpoint.url, PRODUCTION) == endpoint


@pytest.mark.parametrize("url", BAD)
def test_production_takes_no_other(url: str) -> None:
    with pytest.raises(EndpointRefused) as refused:
        Endpoint.read(url, PRODUCTION)
    assert refused.value.words.vi
    assert refused.value.words.en


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x", "https://[::1]:8443/", "http://localhost/", "http://10.1.2.3/"]
)
def test_training_may_lead_anywhere(url: str) -> None:
    assert Endpoint.read(url, TRAINING).url == url


@pytest.mark.parametrize("url", ["ftp://a.vn/", "http://u@a.vn/", "http://2130706433/", "http://a.vn/#x"])
def test_the_form_of_a_url_is_the_same_in_training(url: str) -> None:
    with pytest.raises(EndpointRefused):
        Endpoint.read(url, TRAINING)


@pytest.mark.parametrize(
    ("address", "public"),
    {
        "113.160.0.1": True,
        "8.8.8.8": True,
        "2405:4800::1": True,
        "0.0.0.0": False,
        "10.255.255.255": False,
        "100.64.0.1": False,
        "127.255.255.254": False,
        "169.254.169.254": False,
        "172.16.0.1": False,
        "172.31.255.255": False,
        "172.32.0.1": True,
        "192.0.0.8": False,
        "192.168.0.1": False,
        "198.18.0.1": False,
        "203.0.113.1": False,
        "224.0.0.1": False,
        "255.255.255.255": False,
        "::": False,
        "::1": False,
        "::ffff:8.8.8.8": False,
        "64:ff9b::8.8.8.8": False,
        "64:ff9b:1::1": False,
        "100::1": False,
        "2001::1": False,
        "2001:db8::1": False,
        "2002:808:808::1": False,
        "3fff::1": False,
        "5f00::1": False,
        "fc00::1": False,
        "fd12:3456::1": False,
        "fe80::1": False,
        "fe80::1%eth0": False,
        "2405:4800::1%eth0": False,
        "fec0::1": False,
        "ff02::1": False,
    }.items(),
)
def test_an_address_is_public_or_refused(address: str, *, public: bool) -> None:
    assert is_public(ip_address(address)) is public
    assert may_connect(ip_address(address), PRODUCTION) is public
    assert may_connect(ip_address(address), TRAINING)
