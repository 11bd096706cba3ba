// Package task holds the text tasks that language models are aligned on: what
// to ask, how to reward what is answered, and which questions are kept from
// training.
//
// A [Task] is small on purpose: a description, a way to draw prompts and a
// verifier. Whoever has an exact check for answers has a task of their own in
// thirty lines; the package's example shows one. What a task can do beyond that
// is asked for by interface: [Demonstrator] writes completions to imitate,
// [Comparer] prefers one completion to another, [Splitter] says which prompts
// are so alike that training on one would give the other away.
//
// # The tasks
//
//	tilt        an enumerable language whose best policy has a closed form
//	bandit      one token, right or wrong
//	copy        write the letters of the prompt again
//	reverse     write them from the last to the first
//	sort        write them in the order of the alphabet
//	add         the sum of two numbers
//	countdown   reach a number from others by arithmetic
//	preference  a gold reward that is only seen through noisy comparisons
//
// [Make] makes them by name, [List] has their settings.
//
// # What counts as an answer
//
// The text of a completion goes up to the first end token; what stands behind
// that is never looked at. Nothing is trimmed or forgiven: a space, a plus sign,
// a leading zero or a letter too many makes an answer a wrong one. Special tokens
// within a completion are spelled out, so that a verifier sees "4<bos>6" and not
// "46". A completion that was cut off before its end token is not right, whatever
// it says, though a dense reward counts its letters all the same. Only where
// every completion has the same length, in tilt, bandit and preference, there is
// no end token and none is asked for. A prompt that a task cannot have drawn has
// no right answer: its verifier gives the least reward.
//
// Verifiers are functions: the same prompt and answer get the same reward, from
// any number of goroutines. Those of this package end in time that is linear in
// the text and panic on nothing. What to do about a user's verifier that panics,
// hangs or returns NaN is for the trainer that calls it to say.
//
// # Held-out prompts
//
// Which side of the split a prompt is on follows from its text alone, by a hash;
// seeds, settings of the training and the order of draws have no part in it. So
// no run ever trains on a prompt that any other run of the same share evaluates.
package task
