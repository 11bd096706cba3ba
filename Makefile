# What people and CI run. "make check" decides whether a change is good.

GO ?= go
STATICCHECK_VERSION := v0.8.2

.PHONY: check test noasm generate format vet lint builds race smoke arm64 avx512 v3 fuzz results

check: format vet lint test noasm builds race smoke

test:
	$(GO) test ./...

# The plain Go kernels alone, as processors without our assembly run them.
noasm:
	$(GO) test -short -tags noasm ./internal/kernel ./nn ./policy ./train ./lm

# The committed assembly is what its generator writes.
generate:
	cd internal/kernel/_gen && $(GO) generate ./...
	git diff --exit-code -- internal/kernel

format:
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "gofmt would change:"; echo "$$files"; exit 1; fi

vet:
	$(GO) vet ./...

lint:
	$(GO) run honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION) ./...

# Every system we build for, without cgo.
builds:
	CGO_ENABLED=0 $(GO) build ./...
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 $(GO) vet ./...
	CGO_ENABLED=0 GOOS=windows GOARCH=amd64 $(GO) vet ./...
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 $(GO) vet ./...

race:
	$(GO) test -race -short ./internal/parallel ./policy ./rollout ./train ./lm ./examples/customenv ./examples/service
	$(GO) test -race -short -run 'Threads|Verif|Interrupt' ./align

# A short training from the command line, and what a user does with the result.
smoke:
	bash tools/smoke.sh

# The exact parts on arm64 under qemu-user, and with the compiler's FMA on amd64.
EXACT := ./seed ./space ./env/... ./internal/... ./prob ./nn ./objective ./advantage ./optim

arm64:
	GOARCH=arm64 CGO_ENABLED=0 $(GO) test -short -exec qemu-aarch64 $(EXACT)

# The kernels at the level avx512, emulated; the script says what it needs.
avx512:
	bash tools/emulate/avx512.sh

v3:
	GOAMD64=v3 $(GO) test $(EXACT)

# Ten seconds for each fuzz target.
fuzz:
	bash tools/fuzz.sh 10s

# The score tables of docs/results.md. Stable-Baselines3 takes most of the hour;
# PYTHON names the interpreter that has it.
TASKS := CartPole-v1 Pendulum-v1 MountainCarContinuous-v0 Acrobot-v1 MountainCar-v0
results:
	bash tools/compare/run.sh runs/compare 2 $(TASKS)
	$(GO) run ./tools/compare runs/compare
