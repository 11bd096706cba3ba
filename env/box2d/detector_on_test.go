//go:build race

package box2d_test

// raceDetector tells whether the race detector watches this test.
const raceDetector = true
