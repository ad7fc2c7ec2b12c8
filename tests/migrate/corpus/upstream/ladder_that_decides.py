try:
    import joblib
    HAS_JOBLIB = True
except ImportError:
    try:
        import joblib
        HAS_JOBLIB = True
    except ImportError:
        HAS_JOBLIB = False
        joblib = None

print(HAS_JOBLIB and joblib.hash(1) == joblib.hash(1))
# prints: True
