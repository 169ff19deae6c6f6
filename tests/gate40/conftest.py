import hashlib
import shutil
import tempfile
from pathlib import Path

import pytest

from gate40.engines import embedded


@pytest.fixture
def place():
    """A short, empty folder that every account may pass through, unlike `tmp_path`; goes with its engines' folders."""
    folder = Path(tempfile.mkdtemp(prefix="gate40-test-", dir=embedded.SHORT))
    folder.chmod(0o711)
    yield folder
    for var in folder.glob("**/var"):
        name = hashlib.sha256(str(var).encode()).hexdigest()[:12]
        for aside in (*embedded.SHORT.glob(f"gate40-*-{name}"), *embedded.LASTING.glob(f"gate40-*-{name}")):
            shutil.rmtree(aside)
    shutil.rmtree(folder)
