# `make` alone lists the commands; each is one line of Python that works without make too.
.DEFAULT_GOAL := help
.PHONY: help run test lint bench lock

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 12

run:  ## start the whole portal: the address is printed when it is ready
	python3 manage.py up $(if $(PORT),--port $(PORT))

test:  ## run the tests on engines of their own; ARGS="-k digest" goes to pytest
	python3 manage.py verify $(if $(ARGS),-- $(ARGS))

lint:  ## check style, mistakes and missing migrations
	python3 manage.py lint

bench:  ## measure: NAME=start (one file of benchmarks/), or all of them
	@set -e; for name in $(or $(NAME),$(basename $(notdir $(wildcard benchmarks/[a-z]*.py)))); do \
		python3 manage.py bench $$name $(ARGS); done

lock: export UV_CUSTOM_COMPILE_COMMAND = make lock
lock:  ## compile the requirements*.in into hashed locks for every platform; needs uv
	for name in requirements requirements-dev requirements-embedded; do \
		uv pip compile --quiet --universal --generate-hashes --python-version 3.10 $$name.in -o $$name.txt || exit; done
