# `make` alone lists the commands; each is one line of Python that works without make too.
.DEFAULT_GOAL := help
.PHONY: help run edit test coverage lint shell bench lock

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 16

run:  ## start the whole portal: the address is printed when it is ready
	python3 manage.py up $(if $(PORT),--port $(PORT))

edit:  ## the same for whoever edits: code and templates are seen at the next page (up --reload)
	python3 manage.py up --reload $(if $(PORT),--port $(PORT))

test:  ## run the tests on engines of their own; ARGS="-k digest" goes to pytest
	python3 manage.py verify $(if $(ARGS),-- $(ARGS))

coverage:  ## the tests, and what they reach: lines and branches, wing by wing; ARGS as for test
	python3 manage.py coverage $(if $(ARGS),-- $(ARGS))

lint:  ## check style, mistakes, types and missing migrations
	python3 manage.py lint

shell:  ## a Python prompt with every model at hand, on the portal's database
	python3 manage.py shell

bench:  ## measure: NAME=start (one file of benchmarks/), or all of them
	@set -e; for name in $(or $(NAME),$(basename $(notdir $(wildcard benchmarks/[a-z]*.py)))); do \
		python3 manage.py bench $$name $(ARGS); done

lock: export UV_CUSTOM_COMPILE_COMMAND = make lock
lock:  ## compile the requirements*.in into hashed locks for every platform; needs uv
	for name in requirements requirements-dev requirements-embedded; do \
		uv pip compile --quiet --universal --generate-hashes --python-version 3.10 $$name.in -o $$name.txt || exit; done
