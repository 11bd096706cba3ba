package env

// As finds an optional ability of an environment: it returns the first of e and
// the environments that it wraps, from the outside in, that is a T. A wrapper
// says what it wraps by a method Unwrap() Env.
//
//	snapshotter, ok := env.As[env.Snapshotter](e)
//	closer, ok := env.As[io.Closer](e)
//
// Call it once, where the environment is made. A wrapper that changes what an
// ability of its inner environment means, such as one with a state of its own
// around a Snapshotter, must have that ability itself.
func As[T any](e Env) (ability T, ok bool) {
	for layer := any(e); layer != nil; layer = unwrap(layer) {
		if ability, ok = layer.(T); ok {
			return ability, true
		}
	}
	return ability, false
}

// unwrap returns what the wrapper contains, or nil if it is none.
func unwrap(wrapper any) any {
	switch w := wrapper.(type) {
	case interface{ Unwrap() Env }:
		return w.Unwrap()
	case interface{ Unwrap() DiscreteEnv }:
		return w.Unwrap()
	}
	return nil
}
