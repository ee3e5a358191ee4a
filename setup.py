"""What pyproject.toml cannot say: the templates lie beside the packages and are installed inside one of them."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["newsdesk*", "timeline*"]), "newsdesk.templates"],
    package_dir={"newsdesk.templates": "templates"},
)
