"""`install` opens the removed paths and replaces nothing; `uninstall` leaves no trace. In fresh interpreters."""

import json

import pytest

#: Paths of which each is missing from, or broken in, some version; a path comes after the one that it leads to.
PATHS = [
    "joblib._compat",
    "joblib._dask",
    "joblib.format_stack",
    "joblib.my_exceptions",
    "sklearn.externals.joblib",
    "sklearn.externals.joblib.parallel",
    "sklearn.externals.joblib.numpy_pickle",
    "sklearn.externals.joblib._dask",
    "sklearn.utils._joblib",
    "distributed.joblib",
    "dask.distributed.joblib",
    "dask_ml.joblib",
    "sklearn.linear_model.logistic",
    "sklearn.tree.tree",
]
NAMES = [
    ("sklearn.utils", "register_parallel_backend"),
    ("sklearn.utils", "parallel_backend"),
    ("sklearn.utils", "Parallel"),
    ("sklearn.utils", "delayed"),
    ("sklearn.utils", "Memory"),
    ("sklearn.utils", "cpu_count"),
    ("sklearn.utils", "hash"),
    ("sklearn.utils", "effective_n_jobs"),
    ("sklearn.utils.fixes", "delayed"),
]

BEGIN = """
    import importlib, json, sys, warnings
    def can(path, name=None):
        try:
            module = importlib.import_module(path)
        except (ImportError, AttributeError):
            return False
        return name is None or hasattr(module, name)
"""


@pytest.fixture(scope="module")
def opened(shared_stack):
    """For each path, and each name: whether it is there without `legacy`, and with it, and what is warned of."""
    code = """
    from joblib_dask_compat import legacy
    from joblib_dask_compat.errors import LegacyImportWarning
    wanted = [tuple(each) for each in json.loads(sys.argv[1])]
    there = [can(*each) for each in wanted]
    legacy.install()
    told = []
    for path, name in wanted:
        line = "import " + path if name is None else "from {} import {}".format(path, name)
        program, space = compile("\\n\\n" + line, "their_program.py", "exec"), {"__name__": "__main__"}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            exec(program, space)
            exec(program, space)
        caught = [each for each in caught if each.category is LegacyImportWarning]
        told.append([(each.filename, each.lineno, str(each.message)) for each in caught])
    print(json.dumps(list(zip(there, [can(*each) for each in wanted], told))))
    """
    wanted = [(path, None) for path in PATHS] + NAMES
    return dict(zip(wanted, shared_stack.does(BEGIN + code, json.dumps(wanted)), strict=True))


@pytest.mark.parametrize("path", PATHS)
def test_path_can_be_imported_and_says_what_to_write_where_it_is_gone(opened, path):
    there, is_open, told = opened[path, None]
    under_another = [each for each in PATHS if path.startswith(each + ".") and not opened[each, None][0]]
    assert is_open
    assert len(told) == (0 if there or under_another else 1)
    for file, line, message in told:
        assert (file, line) == ("their_program.py", 3)
        assert message.startswith(f"{path} is gone from these versions")
        assert "Modern spelling: " in message


@pytest.mark.parametrize(("path", "name"), NAMES)
def test_name_is_back_and_says_what_to_write_where_it_is_gone(opened, path, name):
    there, is_open, told = opened[path, name]
    assert is_open
    assert [(file, line) for file, line, _ in told] == ([] if there else [("their_program.py", 3)])


def test_sklearns_joblib_has_what_old_code_takes_from_it(stack):
    missing, version, real = stack.does(
        """
    import json
    from joblib_dask_compat import legacy
    from joblib_dask_compat.copies import used_by_sklearn
    legacy.install()
    import sklearn.externals.joblib as old
    names = '''Parallel delayed Memory MemorizedResult PrintTime Logger dump load hash cpu_count effective_n_jobs
        parallel_backend register_parallel_backend parallel numpy_pickle numpy_pickle_utils func_inspect hashing logger
        memory disk pool my_exceptions format_stack _dask _parallel_backends __version__'''.split()
    import importlib
    missing = []
    for name in names:
        try:
            exec("from sklearn.externals.joblib import " + name)
        except ImportError:
            missing.append(name)
    used = used_by_sklearn().module
    print(json.dumps([missing, old.__version__, old.Parallel is used.Parallel and old.parallel is used.parallel]))
    """
    )
    assert missing == []
    assert version
    assert real


def test_what_exists_and_works_is_not_replaced(stack):
    before, after = stack.does(
        BEGIN
        + """
    def files(paths):
        return {path: sys.modules[path].__file__ for path in paths if can(path)}
    paths = sys.argv[1:]
    before = files(paths)
    for path in paths:
        sys.modules.pop(path, None)
    from joblib_dask_compat import legacy
    legacy.install()
    print(json.dumps([before, files(before)]))
    """,
        "joblib._dask",
        "distributed",
        "dask.distributed",
        "sklearn.utils.fixes",
        "sklearn.utils.deprecation",
    )
    assert before
    assert before == after


def test_module_that_never_was_is_still_missing(stack):
    assert (
        stack.does(
            BEGIN
            + """
    from joblib_dask_compat import legacy
    legacy.install()
    paths = ["sklearn.externals.joblib.nothing", "sklearn.nothing", "dask_ml.nothing", "distributed.joblib.nothing"]
    print(json.dumps([can(path) for path in paths] + [can("sklearn.utils", "nothing")]))
    """
        )
        == [False] * 5
    )


def test_missing_distributed_is_called_so(stack):
    said = stack.does(
        """
    import json, sys
    class Missing:
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] == "distributed":
                raise ModuleNotFoundError("No module named 'distributed'", name="distributed")
    sys.meta_path.insert(0, Missing())
    from joblib_dask_compat import legacy
    legacy.install()
    try:
        import dask_ml.joblib
    except ImportError as exc:
        print(json.dumps([type(exc).__name__, str(exc)]))
    """
    )
    assert said[0] == "MissingDependencyError"
    assert "'distributed' is not installed" in said[1]


#: Imports everything that the stack has, so that only what `legacy` does makes a difference afterwards.
STATE = """
    import importlib, json, sys, types
    paths = sys.argv[1:]
    for path in ["dask.distributed", "distributed", "joblib", "sklearn.externals", "sklearn.utils.fixes", *paths]:
        try:
            importlib.import_module(path)
        except (ImportError, AttributeError):
            pass
    from joblib_dask_compat import legacy, versions
    versions()
    from packaging import specifiers
    def attributes(module):
        ignored = ("__warningregistry__", "__doc__", "__builtins__")
        return {name: id(value) for name, value in vars(module).items() if name not in ignored}
    def state():
        watched = ("joblib", "sklearn", "distributed", "dask")
        modules = {n: m for n, m in sys.modules.items() if n.partition(".")[0] in watched}
        return {
            "meta_path": [id(each) for each in sys.meta_path],
            "modules": {name: id(module) for name, module in sys.modules.items()},
            "attributes": {name: attributes(module) for name, module in modules.items()},
            "classes": {name: id(type(module)) for name, module in modules.items()},
            "backends": {name: dict(vars(m).get("BACKENDS", {})) for name, m in modules.items() if "parallel" in name},
        }
    def differences(before, after):
        return [(key, sorted(set(map(str, before[key].items())) ^ set(map(str, after[key].items()))))
                for key in before if key != "meta_path" and before[key] != after[key]] + [
                ("meta_path", 0)] * (before["meta_path"] != after["meta_path"])
    def use():
        for path in paths:
            importlib.import_module(path)
        import sklearn.utils
        for name in ("Parallel", "parallel_backend"):
            getattr(sklearn.utils, name)
        from sklearn.utils.fixes import delayed
"""


def test_uninstall_leaves_everything_as_it_was(stack):
    assert (
        stack.does(
            STATE
            + """
    legacy.install(); use(); legacy.uninstall()  # modules that use() imports on the way stay
    before = state()
    legacy.install()
    legacy.install()
    during = state()
    use()
    legacy.uninstall()
    legacy.uninstall()
    assert differences(before, during)
    print(json.dumps(differences(before, state())))
    """,
            *PATHS,
        )
        == []
    )


def test_uninstall_before_anything_was_imported(stack):
    assert stack.does(
        """
    import json, sys
    from joblib_dask_compat import legacy
    before = list(sys.meta_path), set(sys.modules)
    legacy.install()
    legacy.uninstall()
    assert before == (list(sys.meta_path), set(sys.modules))
    legacy.install()
    import joblib, sklearn.utils
    from sklearn.externals import joblib as old
    legacy.uninstall()
    import types
    print(json.dumps([type(sklearn.utils) is types.ModuleType, before[0] == sys.meta_path[:len(before[0])]]))
    """
    ) == [True, True]


def test_installing_imports_nothing_of_upstreams(stack):
    loaded = stack.does(
        """
    import json, sys
    from joblib_dask_compat import legacy
    legacy.install()
    names = {name.partition(".")[0] for name in sys.modules}
    print(json.dumps(sorted(names & {"joblib", "sklearn", "distributed", "dask", "numpy", "tornado"})))
    """
    )
    assert loaded == []


def test_routes_do_not_take_a_stand_in_for_upstreams(stack):
    with_legacy, without = stack.does(
        """
    import json
    from joblib_dask_compat import legacy
    from joblib_dask_compat.copies import all_copies
    from joblib_dask_compat.routes import ROUTES, probe
    def usable():
        return [[copy.name, route.name] for copy in all_copies() for route in ROUTES if probe(route, copy)[0]]
    without = usable()
    legacy.install()
    import distributed.joblib
    print(json.dumps([usable(), without]))
    """
    )
    assert with_legacy == without


def test_delayed_of_sklearns_fixes_carries_the_configuration(stack):
    assert stack.does(
        """
    import contextlib, json, warnings
    from joblib_dask_compat import legacy
    legacy.install()
    import sklearn
    from sklearn.externals.joblib import Parallel
    from sklearn.utils.fixes import delayed
    with warnings.catch_warnings(record=True) as caught, contextlib.ExitStack() as stack:
        warnings.simplefilter("always")
        get_config = dict(assume_finite=True).copy  # before scikit-learn 0.19 there is nothing to carry
        if hasattr(sklearn, "config_context"):
            stack.enter_context(sklearn.config_context(assume_finite=True))
            get_config = sklearn.get_config
        found = Parallel(n_jobs=2, backend="threading")(delayed(get_config)() for _ in range(2))
    told = [str(each.message) for each in caught if "delayed" in str(each.message)]
    print(json.dumps([[each["assume_finite"] for each in found], told]))
    """
    ) == [[True, True], []]
