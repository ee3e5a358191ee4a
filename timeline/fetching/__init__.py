"""The network, without the ORM: requests behind the guard, feeds, pages, archives."""
