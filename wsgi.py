"""The application for a WSGI server: config, then the app."""

from config import read_settings
from outcomes.web.app import create_app

app = create_app(read_settings())
