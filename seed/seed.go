// Package seed turns one number into all the randomness of a run: named streams
// that do not depend on each other, so that drawing more from one leaves the
// others as they were.
//
// The generator, its seeding and its draws are NumPy's, bit for bit: what New(s)
// gives is what numpy.random.default_rng(s) gives, and a [Stream] can be made
// again in Python from the formula beside it. So an environment seeded here
// starts as its original does under Gymnasium.
//
// The draws are the same on every architecture.
package seed

import "hash/fnv"

// New returns the generator numpy.random.default_rng(seed).
func New(seed uint64) *Rand {
	words := [2]uint32{uint32(seed), uint32(seed >> 32)}
	if words[1] == 0 {
		return fromEntropy(words[:1])
	}
	return fromEntropy(words[:])
}

// Stream returns the generator of one purpose within a run: name says what is
// drawn, index which of several it is drawn for. Streams that differ in run,
// name or index are independent for all practical purposes. In Python it is
//
//	h = functools.reduce(lambda h, b: (h ^ b) * 0x100000001b3 % 2**64, name.encode(), 0xcbf29ce484222325)
//	numpy.random.default_rng(numpy.random.SeedSequence(run, spawn_key=(h % 2**32, h >> 32, index)))
//
// where h is the 64-bit FNV-1a hash of the name's bytes.
//
// It panics if index is negative.
func Stream(run uint64, name string, index int) *Rand {
	if index < 0 {
		panic("seed: negative index of a stream")
	}
	h := fnv.New64a()
	h.Write([]byte(name)) // never fails
	hash := h.Sum64()

	// SeedSequence fills the entropy up to the size of its pool where a spawn
	// key follows.
	words := [poolSize + 4]uint32{
		0: uint32(run), 1: uint32(run >> 32),
		4: uint32(hash), 5: uint32(hash >> 32),
		6: uint32(index), 7: uint32(uint64(index) >> 32),
	}
	if words[7] == 0 {
		return fromEntropy(words[:7])
	}
	return fromEntropy(words[:])
}

// poolSize is the number of words that hold the entropy of a SeedSequence.
const poolSize = 4

// fromEntropy is default_rng(SeedSequence(entropy)) for entropy given as 32-bit
// words, the lowest first.
//
// Source: M. E. O'Neill, "Developing a seed_seq alternative" (2015), with the
// constants and the order of numpy.random.SeedSequence.
func fromEntropy(entropy []uint32) *Rand {
	var pool [poolSize]uint32
	in := hasher{0x43b0d7e5, 0x931e8875}
	for i := range pool {
		var word uint32
		if i < len(entropy) {
			word = entropy[i]
		}
		pool[i] = in.hash(word)
	}
	for from := range pool {
		for to := range pool {
			if from != to {
				pool[to] = mix(pool[to], in.hash(pool[from]))
			}
		}
	}
	for _, word := range entropy[min(poolSize, len(entropy)):] {
		for to := range pool {
			pool[to] = mix(pool[to], in.hash(word))
		}
	}

	out := hasher{0x8b51f9dd, 0x58f38ded}
	var v [4]uint64
	for i := range v {
		low := out.hash(pool[2*i%poolSize])
		v[i] = uint64(out.hash(pool[(2*i+1)%poolSize]))<<32 | uint64(low)
	}
	return newPCG(v)
}

// hasher is a hash whose constant changes from word to word.
type hasher struct{ constant, multiplier uint32 }

func (h *hasher) hash(v uint32) uint32 {
	v ^= h.constant
	h.constant *= h.multiplier
	v *= h.constant
	return v ^ v>>16
}

// mix joins a word of the pool with a hashed word.
func mix(x, y uint32) uint32 {
	v := 0xca01f9dd*x - 0x4973f715*y
	return v ^ v>>16
}
