"""The shell in what GitHub and GitLab read does what it says: recipes.py PROGRAM WORK_FOLDER

Takes the steps out of the action, the template and the release workflow of this repository and runs them as a job would, with a workspace whose
organizations publish to folders. `cargo`, `rustup` and the like are stand-ins that hand over PROGRAM. One line per check; exit 1 when one failed.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

from ruamel.yaml import YAML

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(sys.argv[1]).resolve()
WORK = pathlib.Path(sys.argv[2]).resolve()
# As GitHub starts it; GitLab's shell ends at the first error, too.
BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
# What is asked to make the program: it puts it where the caller says, and nothing without a place.
CARGO = """#!/bin/sh -e
while [ $# -gt 0 ]; do
  case $1 in
    --root) root=$2 ;;
    --path) test -f "$2/Cargo.toml" ;;
    --git) test "$2" = https://git.example.com/statuary.git ;;
  esac
  shift
done
mkdir -p "${root:?}/bin"
ln -s "$PROGRAM" "$root/bin/statuary"
"""

failed = False


def check(words, good, said=""):
    global failed
    failed = failed or not good
    print(f"{'ok' if good else 'FAIL'} {words}", flush=True)
    if not good and said:
        print(said)


def load(path):
    return YAML(typ="safe").load(ROOT / path)


def write_program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


class Job:
    """A machine of its own: a home, programs that stand in, and a checkout with two organizations."""

    def __init__(self, name):
        self.home = WORK / name / "home"
        self.checkout = WORK / name / "checkout"
        self.home.mkdir(parents=True)
        write_program(WORK / name / "bin/cargo", CARGO)
        write_program(WORK / name / "bin/rustup", "#!/bin/sh\n")
        self.environment = {
            "PATH": f"{WORK / name / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "PROGRAM": str(PROGRAM),
        }
        self.statuary("init", self.checkout)
        for org in ("acme", "globex"):
            self.statuary("--root", self.checkout, "org", "create", org, "--name", org.capitalize())
            self.statuary("--root", self.checkout / org, "service", "add", "api", "--name", f"Interface of {org}")
            with open(self.checkout / org / "org.toml", "a") as settings:
                for target in ("one", "two"):
                    settings.write(f'\n[[publish.target]]\nname = "{target}"\nto = "dir:{WORK / name / "www" / org / target}"\n')
        # As Git has them: with the record as a dump, and nothing else.
        for org in ("acme", "globex"):
            self.statuary("--root", self.checkout / org, "export", "--out", self.checkout / org / "dump.json")
            (self.checkout / org / "org.db").unlink()
            shutil.rmtree(self.checkout / org / ".statuary", ignore_errors=True)
        # And one that is a checkout by itself.
        shutil.copytree(self.checkout / "globex", self.home / "globex")
        self.www = WORK / name / "www"

    def statuary(self, *arguments):
        subprocess.run([PROGRAM, *map(str, arguments)], env=self.environment, cwd=self.home, check=True, capture_output=True)

    def run(self, script, **environment):
        return subprocess.run(
            [*BASH, script], cwd=self.checkout, env=self.environment | environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )

    def published(self):
        """What visitors can see, and that it is the page of the one whose place it is."""
        seen = set()
        for page in self.www.glob("*/*/current/index.html"):
            org, target = page.parts[-4:-2]
            if f"Interface of {org}" in page.read_text():
                seen.add(f"{org} {target}")
        return seen

    def forget(self):
        shutil.rmtree(self.www, ignore_errors=True)
        for folder in (self.checkout / "acme", self.checkout / "globex", self.home / "globex"):
            (folder / "org.db").unlink(missing_ok=True)
            shutil.rmtree(folder / ".statuary", ignore_errors=True)


def fill(text, values):
    """What GitHub puts in place of an expression; an unknown one is an error here."""
    return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda found: values[found[1]], text)


def the_action():
    action = load(".github/actions/publish/action.yml")
    steps = {step["name"]: step for step in action["runs"]["steps"]}
    job = Job("github")
    output = job.home / "output"
    here = {"GITHUB_ACTION_PATH": str(ROOT / ".github/actions/publish"), "GITHUB_OUTPUT": str(output)}
    for _ in range(2):
        told = job.run(steps["Tell the version of the program"]["run"], **here)
    sums = output.read_text().split() if output.exists() else []
    check("action: the version is told, and twice the same", len(sums) == 2 and len(set(sums)) == 1 and re.fullmatch(r"sum=[0-9a-f]{16}", sums[0]), told.stdout)
    made = job.run(steps["Make the program"]["run"], **here)
    kept = pathlib.Path(steps["Take the program from the cache"]["with"]["path"].replace("~", str(job.home)))
    check("action: the program is made where the cache keeps it", made.returncode == 0 and (kept / "bin/statuary").exists(), made.stdout)

    def publish(**inputs):
        job.forget()
        given = {f"inputs.{name}": str(inputs.get(name, told.get("default", ""))) for name, told in action["inputs"].items()}
        step = steps["Build and publish"]
        return job.run(step["run"], **{name: fill(text, given) for name, text in step["env"].items()})

    everything = {"acme one", "acme two", "globex one", "globex two"}
    for words, inputs, expected in [
        ("without inputs all is published", {}, everything),
        ("with an organization, that one", {"org": "acme"}, {"acme one", "acme two"}),
        ("with a target, that one", {"org": "acme", "target": "two"}, {"acme two"}),
        ("with a folder, the one that it is", {"root": str(job.home / "globex")}, {"globex one", "globex two"}),
    ]:
        done = publish(**inputs)
        check(f"action: {words}", done.returncode == 0 and job.published() == expected, f"{done.stdout}\n{sorted(job.published())}")
    (job.checkout / "acme/dump.json").rename(job.home / "dump.json")
    (job.checkout / "acme/dump.json").write_text("{")
    done = publish()
    others = {"globex one", "globex two"}
    check("action: a record that cannot be read keeps no other from being published", done.returncode != 0 and job.published() == others, done.stdout)
    (job.home / "dump.json").rename(job.checkout / "acme/dump.json")
    done = publish(org="nobody")
    check("action: an organization that does not exist fails the job", done.returncode != 0 and not job.published(), done.stdout)
    done = publish(org='$(touch "$HOME/ran")', target="; false")
    check("action: what is given is never run", done.returncode != 0 and not (job.home / "ran").exists(), done.stdout)


def the_template():
    template = load(".gitlab/publish.yml")[".statuary-publish"]
    job = Job("gitlab")
    variables = {name: str(text) for name, text in template["variables"].items()}
    given = {"STATUARY_GIT": "https://git.example.com/statuary.git", "CI_PROJECT_DIR": str(job.checkout), "STATUARY_IDENTITY": "told to nobody"}
    script = "\n".join(template["script"])
    done = job.run(script, **variables | {"CI_PROJECT_DIR": str(job.checkout)})
    check("template: who does not say where the program comes from is told so", done.returncode != 0 and "STATUARY_GIT" in done.stdout, done.stdout)
    done = job.run(script, **variables | given)
    check("template: all is published", done.returncode == 0 and len(job.published()) == 4, done.stdout)
    job.forget()
    (job.home.parent / "bin/cargo").unlink()
    look = f'{script}\nstat -c "%a %s" "$AWS_WEB_IDENTITY_TOKEN_FILE"'
    done = job.run(look, **variables | given | {"STATUARY_ARGUMENTS": "--org acme two", "AWS_ROLE_ARN": "arn:aws:iam::1:role/status"})
    check("template: one target is, with the program that was kept", done.returncode == 0 and job.published() == {"acme two"}, done.stdout)
    check("template: the token of a role is in a file that nobody else reads", done.stdout.endswith("600 14\n"), done.stdout)
    check("template: and is not told", given["STATUARY_IDENTITY"] not in done.stdout)
    job.forget()
    done = job.run(script, **variables | given | {"STATUARY_ARGUMENTS": "--org nobody"})
    check("template: an organization that does not exist fails the job", done.returncode != 0 and not job.published(), done.stdout)


def the_release():
    workflow = load(".github/workflows/release.yml")
    steps = {step["name"]: step for step in workflow["jobs"]["program"]["steps"] if "name" in step}
    job = Job("release")
    (job.checkout / "Cargo.toml").write_text((ROOT / "Cargo.toml").read_text())
    (job.checkout / ".gitlab").mkdir()
    shutil.copy(ROOT / ".gitlab/publish.yml", job.checkout / ".gitlab")
    for file in ("README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"):
        shutil.copy(ROOT / file, job.checkout)
    version = re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.M)[1]
    named = re.findall(r"(?:publish@|ref: |STATUARY_VERSION: )v([\d.]+\d)", (ROOT / "README.md").read_text() + (ROOT / ".gitlab/publish.yml").read_text())
    check("release: README and template name this version", len(named) >= 3 and set(named) == {version}, str(named))
    compare = steps["Compare the tag with the version of the program"]["run"]
    check("release: the tag of this version is taken", job.run(compare, GITHUB_REF_NAME=f"v{version}").returncode == 0)
    check("release: another tag is not", job.run(compare, GITHUB_REF_NAME=f"v{version}1").returncode != 0)
    write_program(job.home.parent / "bin/gh", '#!/bin/sh\nprintf "%s\\n" "$@" >"$HOME/asked"\n')
    for target in (include["target"] for include in workflow["jobs"]["program"]["strategy"]["matrix"]["include"]):
        (job.checkout / f"target/{target}/release").mkdir(parents=True)
        shutil.copy(PROGRAM, job.checkout / f"target/{target}/release/statuary")
        packed = job.run(steps["Pack it"]["run"].replace("mkdir release", "mkdir -p release"), GITHUB_REF_NAME=f"v{version}", TARGET=target)
        check(f"release: the program for {target} is packed", packed.returncode == 0, packed.stdout)
    published = job.run(next(step["run"] for step in workflow["jobs"]["release"]["steps"] if "run" in step), GITHUB_REF_NAME=f"v{version}")
    sums = subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=job.checkout / "release", capture_output=True, text=True)
    asked = (job.home / "asked").read_text().split("\n") if (job.home / "asked").exists() else []
    good = published.returncode == 0 and sums.stdout.count(": OK") == 2 and sum(name.endswith(".tar.gz") for name in asked) == 2
    check("release: both go up with sums that are right", good, published.stdout + sums.stdout)


for part in (the_action, the_template, the_release):
    part()
sys.exit(failed)
