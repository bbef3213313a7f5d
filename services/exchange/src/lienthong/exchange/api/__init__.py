"""The front door: routes read what is asked, hand over, and write the answer. They decide nothing."""
