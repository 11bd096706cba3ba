package envtest

// contractRule is one rule of the contract and how it is checked.
type contractRule struct {
	name     string
	sentence string
	needs    []string // rules without which this one would only repeat their complaint
	check    func(*probe) error
}

// allocationRule is left out unless it is asked for.
const allocationRule = "allocation"

// rules are in the order in which they are checked; a rule stands below those
// that it needs.
var rules = []contractRule{
	{
		name:     "maker",
		sentence: "A maker returns a new environment each time, or says in its error why it cannot.",
		check:    checkMaker,
	},
	{
		name:     "spec",
		sentence: "A spec names the task, has a possible observation and action space, no negative limit and no infinite threshold, and is the same for every instance at any time.",
		needs:    []string{"maker"},
		check:    checkSpec,
	},
	{
		name:     "mask",
		sentence: "A mask is for a discrete action space, is written completely, and allows at least one action in every state that is not the end of an episode.",
		needs:    []string{"spec"},
		check:    checkMask,
	},
	{
		name:     "steps",
		sentence: "Reset works at any time, and Step accepts every allowed action of the action space until the episode ends.",
		needs:    []string{"mask"},
		check:    checkSteps,
	},
	{
		name:     "status",
		sentence: "A status consists of the flags Terminated and Truncated and nothing else.",
		needs:    []string{"steps"},
		check:    checkStatus,
	},
	{
		name:     "row",
		sentence: "Reset and Step write every element of the observation's row, also at the end of an episode.",
		needs:    []string{"steps"},
		check:    checkRow,
	},
	{
		name:     "neighbours",
		sentence: "Reset and Step write nothing beyond the observation's row, even where its slice has the capacity: the next row belongs to another environment.",
		needs:    []string{"steps"},
		check:    checkNeighbours,
	},
	{
		name:     "observation",
		sentence: "An observation is finite and lies in the observation space.",
		needs:    []string{"row"},
		check:    checkObservation,
	},
	{
		name:     "reward",
		sentence: "A reward is a finite number.",
		needs:    []string{"steps"},
		check:    checkReward,
	},
	{
		name:     "repeatable",
		sentence: "The same seed and the same actions give the same bits: all randomness comes from the generator that Reset receives.",
		needs:    []string{"row"},
		check:    checkRepeatable,
	},
	{
		name:     "seeds",
		sentence: "A task that draws from the generator goes differently for different seeds.",
		needs:    []string{"repeatable"},
		check:    checkSeeds,
	},
	{
		name:     "reset",
		sentence: "Reset leaves nothing of what was before, in the middle of an episode too: the episode depends only on the generator and the actions.",
		needs:    []string{"repeatable"},
		check:    checkReset,
	},
	{
		name:     "instances",
		sentence: "Two instances share no state.",
		needs:    []string{"repeatable"},
		check:    checkInstances,
	},
	{
		name:     "action",
		sentence: "The action belongs to the caller: Step neither changes it nor looks at its memory afterwards.",
		needs:    []string{"repeatable"},
		check:    checkAction,
	},
	{
		name:     "memory",
		sentence: "The observation's row belongs to the caller: the environment neither reads it nor looks at its memory afterwards.",
		needs:    []string{"repeatable"},
		check:    checkMemory,
	},
	{
		name:     "limit",
		sentence: "An episode that reaches Spec().MaxSteps ends there, with Truncated set even if the task terminates at the same step.",
		needs:    []string{"status"},
		check:    checkLimit,
	},
	{
		name:     "snapshot",
		sentence: "A snapshot and the state of the generator continue bit for bit, in a new instance and in a used one; taking it changes nothing; restoring refuses a damaged one and does not keep it.",
		needs:    []string{"reset", "instances"},
		check:    checkSnapshot,
	},
	{
		name:     "figures",
		sentence: "A Reporter names its figures, each name once and always the same, and writes all of them after every step.",
		needs:    []string{"steps"},
		check:    checkFigures,
	},
	{
		name:     "picture",
		sentence: "A Renderer has a frame with a size and a rate, paints every pixel of it opaquely, changes nothing by drawing, and draws the same once it is restored from a snapshot.",
		needs:    []string{"repeatable", "snapshot"},
		check:    checkPicture,
	},
	{
		name:     "health",
		sentence: "A Failer that works reports no failure, and what can be closed closes without an error, twice.",
		needs:    []string{"steps"},
		check:    checkHealth,
	},
	{
		name:     allocationRule,
		sentence: "Reset and Step allocate no memory once the environment is warm.",
		needs:    []string{"steps"},
		check:    checkAllocation,
	},
}
