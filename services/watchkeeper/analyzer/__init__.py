"""The process that looks at what the engines have stored and run: named jobs on schedules, each isolated."""
