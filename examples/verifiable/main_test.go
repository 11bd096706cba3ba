package main

func Example() {
	main()
	// Output: most answers are right: true
}
