"""The web door: pages for clinicians, patients, researchers and administrators."""
