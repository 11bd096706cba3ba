// Package lm holds decoder-only transformers: what they are made of, the walk
// of a batch of sequences forward and back, the drawing of completions, and
// their folders in Hugging Face's layout.
//
// A [Model] is a [Config] and one block of parameters. A [Pass] computes the
// log-probabilities of given tokens, the entropies of what they were drawn from
// and the values of a scalar head, and carries gradients by all these back to
// the parameters. A [Generator] draws completions of prompts.
//
// Everything works on token numbers; turning text into them is the tokenizer's
// work.
//
// # Packed batches
//
// A [Batch] is a list of sequences whose rows stand one after the other. There
// is no padding. Results are asked for at the end of each sequence, from some
// row on; what only the rows before it would need is not computed.
//
// # One row, one result
//
// Each number of a row's way forward is a chain of operations in an order that
// depends on its own sequence alone. So the log-probability of a token has the
// same bits alone and in any batch, with all rows at once and one row after the
// other, and the one that a Generator reports is the one that a Pass computes.
// Each element of a weight's gradient is one chain over the rows of the whole
// batch, in their order. So nothing depends on the number of threads, and a
// batch that is cut in two, the second part's gradient added to the first's,
// gives the same bits as the whole, except for what an embedding that is also
// the output matrix gets from both ends.
//
// In comments, d is the width of the model, H the number of its query heads, K
// that of its key and value heads, w the width of a head, F that of the hidden
// layer and V the size of the vocabulary.
package lm
