//go:build race

package token_test

// raceDetector tells whether the race detector watches this test.
const raceDetector = true
