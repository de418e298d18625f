"""Sign-in at an OpenID Connect provider that is a process of its own, on a live site."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx2
import pytest
import redis

from tests.fakes.oidc import OidcProvider
from tests.live import form_token
from tests.web.people.sign_on_site import DOMAIN, SignOnSite

NO_ACCESS = "You have no access yet"


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    with OidcProvider() as provider:
        yield provider


@pytest.fixture(scope="module")
def sign_on_site(provider: OidcProvider) -> Iterator[SignOnSite]:
    site = SignOnSite("sign_on")
    try:
        site.start_for(provider)
        yield site
    finally:
        site.stop()


@pytest.fixture
def browse(sign_on_site: SignOnSite) -> Iterator[Callable[[], httpx2.Client]]:
    """Return a function that opens a browser without cookies."""
    opened: list[httpx2.Client] = []

    def browse() -> httpx2.Client:
        opened.append(httpx2.Client(base_url=sign_on_site.url, follow_redirects=True))
        return opened[-1]

    yield browse
    for client in opened:
        client.close()


@pytest.fixture
def browser(browse: Callable[[], httpx2.Client]) -> httpx2.Client:
    return browse()


@pytest.fixture(autouse=True)
def no_waits(sign_on_site: SignOnSite) -> None:
    """Forget the attempts of earlier tests, which come from the same address."""
    redis.Redis.from_url(sign_on_site.redis_url).flushdb()


def address() -> str:
    return f"{uuid4().hex[:12]}@{DOMAIN}"


def sign_in(browser: httpx2.Client, **query: str) -> httpx2.Response:
    return browser.get("/sign-in/oidc/", params=query)


def is_in_project(page: httpx2.Response) -> bool:
    return page.status_code == 200 and "/playground/" in page.url.path


def test_the_sign_in_page_leads_there_and_back_to_the_page_asked_for(
    sign_on_site: SignOnSite, provider: OidcProvider, browser: httpx2.Client
) -> None:
    asked = f"/p/{sign_on_site.project_id}/threads/"
    page = browser.get(asked)
    assert "Sign in with Example ID" in page.text
    [link] = re.findall(r'href="(/sign-in/oidc/[^"]+)"', page.text)
    provider.be("s-next", email=address(), email_verified=True, name="Ann Lee")
    assert browser.get(link.replace("&amp;", "&")).url.path == asked


def test_a_sign_in_that_only_begins_leaves_nothing_for_long(
    sign_on_site: SignOnSite, provider: OidcProvider, browse: Callable[[], httpx2.Client]
) -> None:
    ends = (
        "SELECT expire_date < now() + interval '%s seconds' FROM session WHERE session_key = '%s'"
    )
    name = f"playground_session_{sign_on_site.port}"
    begun, person = browse(), browse()
    begun.get("/sign-in/oidc/", follow_redirects=False)
    assert sign_on_site.rows(ends % (601, begun.cookies[name])) == [(True,)]
    provider.be("s-stays", email=address(), email_verified=True)
    assert is_in_project(sign_in(person))
    assert sign_on_site.rows(ends % (29 * 24 * 3600, person.cookies[name])) == [(False,)]


def test_a_person_of_the_domain_becomes_a_viewer_once(
    sign_on_site: SignOnSite, provider: OidcProvider, browse: Callable[[], httpx2.Client]
) -> None:
    ann = address()
    provider.be("s-ann", email=ann, email_verified=True, name="Ann Lee")
    browser = browse()
    assert is_in_project(sign_in(browser))
    assert sign_on_site.role_of(ann) == "viewer"
    [(user_id, name, password, staff)] = sign_on_site.rows(
        "SELECT id, first_name, password, is_staff FROM auth_user WHERE email = %s", ann
    )
    assert (name, staff) == ("Ann Lee", False)
    assert password.startswith("!")
    # The session says where it comes from, although allauth makes a store of its own.
    [(device, whose)] = sign_on_site.rows(
        "SELECT device, address FROM session WHERE user_id = %s", user_id
    )
    assert device.startswith("python-httpx")
    assert whose == "127.0.0.1"
    # The subject is what counts, also when everything else has changed.
    provider.be("s-ann", email="ann@elsewhere.example", email_verified=True)
    assert is_in_project(sign_in(browse()))
    # Whom an owner has removed, the next sign-in doesn't bring back.
    sign_on_site.rows("DELETE FROM membership WHERE user_id = %s", user_id)
    assert sign_in(browse()).status_code == 403
    assert sign_on_site.role_of(ann) is None


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"email": f"eve@{DOMAIN}"},
        {"email": f"eve@{DOMAIN}", "email_verified": False},
        {"email": f"eve@{DOMAIN}", "email_verified": "yes"},
        {"email": "eve@elsewhere.example", "email_verified": True},
        {"email": f"eve@sub.{DOMAIN}", "email_verified": True},
        {"email": f"eve@{DOMAIN}@elsewhere.example", "email_verified": True},
        {"email": [f"eve@{DOMAIN}"], "email_verified": True},
        {"email": "eve@elsewhere.example", "email_verified": True, "groups": ["urn:x:admins"]},
    ],
)
def test_others_are_not_let_in_and_see_whom_to_ask(
    sign_on_site: SignOnSite,
    provider: OidcProvider,
    browser: httpx2.Client,
    claims: dict[str, object],
) -> None:
    before = sign_on_site.rows("SELECT count(*) FROM auth_user")
    provider.be(f"s-{uuid4().hex}", **claims)
    page = sign_in(browser)
    assert page.status_code == 403
    assert NO_ACCESS in page.text
    assert "Ask it@example.org for access." in page.text
    assert browser.get("/").url.path == "/sign-in/"
    assert sign_on_site.rows("SELECT count(*) FROM auth_user") == before


@pytest.mark.parametrize(
    "fault",
    [
        *("signature", "unknown_key", "unsigned", "symmetric", "issuer", "audience", "expired"),
        *("other_subject", "no_id_token", "nonce", "refused", "garbage", "down"),
    ],
)
def test_a_forged_or_broken_answer_signs_nobody_in(
    provider: OidcProvider, browser: httpx2.Client, fault: str
) -> None:
    provider.be("s-forged", fault, email=address(), email_verified=True)
    page = sign_in(browser)
    assert page.status_code in (400, 502), page.text
    assert "Back to sign-in" in page.text
    assert browser.get("/").url.path == "/sign-in/"


def test_who_cancels_is_back_at_the_sign_in_page(
    provider: OidcProvider, browser: httpx2.Client
) -> None:
    provider.be("s-cancel", "cancelled")
    assert sign_in(browser).url.path == "/sign-in/"


def callback_of(browser: httpx2.Client) -> str:
    """Go to the provider, and return the address of the way back, without following it."""
    there = browser.get("/sign-in/oidc/", follow_redirects=False).headers["Location"]
    return str(httpx2.get(there).headers["Location"])


def test_a_code_signs_in_only_where_it_was_asked_for_and_once(
    provider: OidcProvider, browse: Callable[[], httpx2.Client]
) -> None:
    provider.be("s-code", email=address(), email_verified=True)
    asked, other = browse(), browse()
    back = callback_of(asked)
    # Somebody who lets another person open the way back would sign them in as himself.
    refused = other.get(back)
    assert refused.status_code == 400
    assert "was started in another browser" in refused.text
    callback_of(other)
    assert other.get(back).status_code == 400
    assert is_in_project(asked.get(back))
    assert asked.get(back).status_code == 400


def test_the_request_has_a_state_and_a_challenge_and_nothing_from_strangers(
    sign_on_site: SignOnSite, browser: httpx2.Client
) -> None:
    strange = {"scope": "admin", "auth_params": "prompt=none", "process": "connect"}
    answer = browser.get("/sign-in/oidc/", params=strange, follow_redirects=False)
    asked = {
        name: values[0]
        for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()
    }
    assert set(asked["scope"].split()) == {"openid", "email", "profile"}
    assert asked["redirect_uri"] == f"{sign_on_site.url}/sign-in/oidc/callback/"
    assert len(asked["state"]) >= 16
    assert len(asked["code_challenge"]) == 43
    assert "prompt" not in asked


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_the_way_back_leads_to_no_other_site(
    sign_on_site: SignOnSite, provider: OidcProvider, browser: httpx2.Client, page: str
) -> None:
    provider.be("s-back", email=address(), email_verified=True)
    landed = sign_in(browser, next=page)
    assert landed.url.host == "127.0.0.1"
    assert landed.url.port == sign_on_site.port


def test_a_verified_address_joins_the_account_that_an_operator_made(
    sign_on_site: SignOnSite, provider: OidcProvider, browse: Callable[[], httpx2.Client]
) -> None:
    bob = address()
    user_id = sign_on_site.add_person(bob)
    provider.be("s-not-bob", email=bob, email_verified=False)
    assert sign_in(browse()).status_code == 403
    provider.be("s-bob", email=bob.upper(), email_verified=True)
    assert is_in_project(sign_in(browse()))
    joined = "SELECT uid FROM socialaccount_socialaccount WHERE user_id = %s"
    assert sign_on_site.rows(joined, user_id) == [("s-bob",)]
    assert sign_on_site.role_of(bob) == "editor"
    # The company has given the address to somebody else.
    provider.be("s-bobs-successor", email=bob, email_verified=True)
    assert sign_in(browse()).status_code == 403


def test_an_address_that_somebody_typed_joins_nobody(
    sign_on_site: SignOnSite, provider: OidcProvider, browser: httpx2.Client
) -> None:
    boss, mallory = address(), sign_on_site.add_person(address())
    sign_on_site.rows("UPDATE auth_user SET email = %s WHERE id = %s", boss, mallory)
    provider.be("s-boss", email=boss, email_verified=True)
    assert is_in_project(sign_in(browser))
    [(user_id,)] = sign_on_site.rows(
        "SELECT user_id FROM socialaccount_socialaccount WHERE uid = 's-boss'"
    )
    assert user_id != mallory


def test_a_deactivated_person_is_not_let_in(
    sign_on_site: SignOnSite, provider: OidcProvider, browse: Callable[[], httpx2.Client]
) -> None:
    gone = address()
    provider.be("s-gone", email=gone, email_verified=True)
    assert is_in_project(sign_in(browse()))
    sign_on_site.rows("UPDATE auth_user SET is_active = false WHERE email = %s", gone)
    assert sign_in(browse()).status_code == 403


def test_groups_set_the_role_at_each_sign_in(
    sign_on_site: SignOnSite, provider: OidcProvider, browse: Callable[[], httpx2.Client]
) -> None:
    who = address()
    for groups, role in (
        (["urn:x:staff", "others"], "editor"),
        (["urn:x:staff", "urn:x:admins"], "owner"),
        ("urn:x:staff", "editor"),
        # Without a group that has a rule, the role stays as it is.
        ([], "editor"),
        ({"urn:x:admins": 1}, "editor"),
    ):
        provider.be("s-groups", email=who, email_verified=True, groups=groups)
        assert is_in_project(sign_in(browse()))
        assert sign_on_site.role_of(who) == role
    noted = sign_on_site.rows(
        "SELECT details->>'from', details->>'to' FROM audit_entry WHERE verb = 'grant_role'"
        " AND target_id = (SELECT id::text FROM auth_user WHERE email = %s) ORDER BY id",
        who,
    )
    assert noted[-2:] == [("editor", "owner"), ("owner", "editor")]


def test_claims_leave_the_last_owner_an_owner(
    sign_on_site: SignOnSite, provider: OidcProvider, browse: Callable[[], httpx2.Client]
) -> None:
    last = address()
    provider.be("s-last", email=last, email_verified=True, groups=["urn:x:admins"])
    assert is_in_project(sign_in(browse()))
    others = sign_on_site.rows(
        "UPDATE membership SET role = 'editor' WHERE role = 'owner' AND user_id NOT IN"
        " (SELECT id FROM auth_user WHERE email = %s) RETURNING user_id",
        last,
    )
    provider.be("s-last", email=last, email_verified=True, groups=["urn:x:staff"])
    assert is_in_project(sign_in(browse()))
    assert sign_on_site.role_of(last) == "owner"
    for (user_id,) in others:
        sign_on_site.rows("UPDATE membership SET role = 'owner' WHERE user_id = %s", user_id)
    assert is_in_project(sign_in(browse()))
    assert sign_on_site.role_of(last) == "editor"


def invitation(site: SignOnSite, browser: httpx2.Client, email: str = "") -> str:
    """Invite somebody as the site's owner, and return the path of the invitation."""
    site.sign_in_client(browser)
    page = browser.get(f"/p/{site.project_id}/settings/people/")
    form = {
        "csrfmiddlewaretoken": form_token(page.text),
        **{"role": "editor", "email": email, "days": "7"},
    }
    made = browser.post(f"/p/{site.project_id}/settings/people/invitations/", data=form)
    found = re.search(r"/invitation/[\w-]{43}/", made.text)
    assert found, made.text
    return found[0]


def test_an_invitation_lets_somebody_in(
    sign_on_site: SignOnSite, provider: OidcProvider, browse: Callable[[], httpx2.Client]
) -> None:
    path, guest = invitation(sign_on_site, browse()), "guest@elsewhere.example"
    provider.be("s-guest", email=guest, email_verified=False, name="Guest")
    browser = browse()
    page = sign_in(browser, next=path)
    assert page.url.path == path
    form = {"csrfmiddlewaretoken": form_token(page.text)}
    assert is_in_project(browser.post(path, data=form))
    assert sign_on_site.role_of(guest) == "editor"
    # It is used now.
    provider.be("s-second-guest")
    assert sign_in(browse(), next=path).status_code == 403


def test_an_invitation_for_an_address_lets_nobody_else_in(
    sign_on_site: SignOnSite, provider: OidcProvider, browse: Callable[[], httpx2.Client]
) -> None:
    path = invitation(sign_on_site, browse(), "named@elsewhere.example")
    provider.be("s-other", email="other@elsewhere.example", email_verified=True)
    assert sign_in(browse(), next=path).status_code == 403
    provider.be("s-claims", email="named@elsewhere.example", email_verified=False)
    assert sign_in(browse(), next=path).status_code == 403
    provider.be("s-named", email="named@elsewhere.example", email_verified=True)
    assert sign_in(browse(), next=path).url.path == path


def test_a_signed_in_person_connects_an_account(
    sign_on_site: SignOnSite, provider: OidcProvider, browse: Callable[[], httpx2.Client]
) -> None:
    browser = browse()
    sign_on_site.sign_in_client(browser)
    here = f"/p/{sign_on_site.project_id}/account/"
    assert "Connect Example ID" in browser.get(here).text
    provider.be("s-owner", email="owner@elsewhere.example", email_verified=True)
    connected = sign_in(browser, connect="1", next=here)
    assert connected.url.path == here
    assert "You can also sign in with Example ID." in connected.text
    again = browse()
    assert is_in_project(sign_in(again))
    assert 'value="owner"' in again.get(here).text
    # Neither a second account of theirs nor the account of somebody else.
    provider.be("s-owner-2", email=address(), email_verified=True)
    assert sign_in(browser, connect="1").status_code == 409
    other = browse()
    assert is_in_project(sign_in(other))
    provider.be("s-owner")
    assert sign_in(other, connect="1").status_code == 409


def test_wrong_ways_back_make_the_next_one_wait(
    sign_on_site: SignOnSite, browser: httpx2.Client
) -> None:
    for _ in range(20):
        assert browser.get("/sign-in/oidc/callback/?state=x&code=y").status_code == 400
    waits = browser.get("/sign-in/oidc/callback/?state=x&code=y")
    assert waits.status_code == 429
    assert waits.headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    "path",
    ["/accounts/signup/", "/accounts/login/", "/sign-in/oidc/signup/", "/signup/", "/login/"],
)
def test_no_page_of_allauth_is_there(browser: httpx2.Client, path: str) -> None:
    assert browser.get(path).status_code in (404, 410)
    assert browser.post("/sign-in/oidc/").status_code in (403, 405)
