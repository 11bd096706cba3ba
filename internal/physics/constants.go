package physics

// Box2D's tolerances, in metres, radians and seconds. They are typed, so that the
// compiler rounds every intermediate result to float32 as the engine does.
const (
	pi      float32 = 3.14159265359
	epsilon float32 = 1.1920929e-7

	fatMargin     float32 = 0.1 // around a box of the tree
	fatPrediction float32 = 2   // steps of motion that such a box allows for

	linearSlop    float32 = 0.005
	angularSlop   float32 = 2.0 / 180.0 * pi
	skin          float32 = 2 * linearSlop // radius of polygons and edges
	bothSkins     float32 = skin + skin
	maxCorrection float32 = 0.2
	maxTurn       float32 = 8.0 / 180.0 * pi // of one position correction
	baumgarte     float32 = 0.2
	toiBaumgarte  float32 = 0.75

	maxTranslation        float32 = 2 // of one step
	maxTranslationSquared float32 = maxTranslation * maxTranslation
	maxRotation           float32 = 0.5 * pi
	maxRotationSquared    float32 = maxRotation * maxRotation

	timeToSleep              float32 = 0.5
	linearSleepTolerance     float32 = 0.01
	angularSleepTolerance    float32 = 2.0 / 180.0 * pi
	linearSleepToleranceSq   float32 = linearSleepTolerance * linearSleepTolerance
	angularSleepToleranceSq  float32 = angularSleepTolerance * angularSleepTolerance
	largest                  float32 = 3.4028234663852886e38
	maxSubSteps                      = 8
	maxImpactContacts                = 32
	maxVertices                      = 16
	maxConditionNumber       float32 = 1000
	polygonPreference        float32 = 0.98
	polygonPreferenceOffset  float32 = 0.001
	tick                     float32 = 0.02 // s
	ticksPerSecond           float32 = 1 / tick
	velocityIterations               = 180
	positionIterations               = 60
	impactPositionIterations         = 20
)
