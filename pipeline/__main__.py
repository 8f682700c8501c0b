"""`python -m pipeline`. A push waits for what its hook runs, so that is begun without the other commands."""

import sys

if sys.argv[1:2] == ["hook"]:
    from pipeline.cli.pushing import alone as main
else:
    from pipeline.cli.main import main

main()
