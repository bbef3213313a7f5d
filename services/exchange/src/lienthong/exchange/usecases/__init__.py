"""What the exchange does, one file per verb; numbered steps are those of docs/way-of-a-document.md."""
