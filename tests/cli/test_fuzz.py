import json
import subprocess
import sys

from tests.cli.commands import ROOT, environment


def test_a_thousand_wrong_configurations_are_refused_in_one_line_without_torch(tmp_path):
    words = [sys.executable, "-m", "tests.cli.fuzzer", str(tmp_path)]
    done = subprocess.run(words, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["failures"] == []
    assert not found["torch"]
    assert sum(found["kinds"].values()) == 1000
    assert list(tmp_path.iterdir()) == []
