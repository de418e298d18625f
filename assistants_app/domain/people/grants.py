"""Which roles a member may give to other people."""

from assistants_app.domain.rights import ROLES, can


def may_grant(giver: str, role: str) -> bool:
    """Return whether somebody with the role `giver` may give other people this role."""
    return (
        role in ROLES
        and can(giver, "create_invitation")
        and ROLES.index(role) <= ROLES.index(giver)
    )


def is_higher(role: str, other: str) -> bool:
    """Return whether a role allows more than another one."""
    return ROLES.index(role) > ROLES.index(other)
