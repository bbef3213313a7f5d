"""The world outside: files of private keys, certificates of services, other authorities' revocation lists."""
